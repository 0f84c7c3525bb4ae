package dev.quartet.cli.local;

import dev.quartet.cli.Failure;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// One run of another program, with what it said.
record Program(int exitCode, String output) {
    static Program run(List<String> command, int timeoutSeconds) {
        try {
            var log = Files.createTempFile("mesh", ".out");
            try {
                var process =
                        new ProcessBuilder(command)
                                .redirectErrorStream(true)
                                .redirectOutput(log.toFile())
                                .redirectInput(new File("/dev/null"))
                                .start();
                if (!process.waitFor(timeoutSeconds, TimeUnit.SECONDS)) {
                    process.destroyForcibly().waitFor();
                    return new Program(-1, "no end after " + timeoutSeconds + " s\n" + read(log));
                }
                return new Program(process.exitValue(), read(log));
            } finally {
                Files.deleteIfExists(log);
            }
        } catch (IOException failure) {
            return new Program(-1, String.valueOf(failure.getMessage()));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new Failure(
                    "interrupted while waiting for " + command.getFirst(), "", interrupted);
        }
    }

    /// The last lines that are not blank, indented.
    String end(int lines) {
        return end(output, lines);
    }

    static String end(String text, int lines) {
        var all = text.lines().filter(line -> !line.isBlank()).toList();
        return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()))
                .indent(2)
                .stripTrailing();
    }

    private static String read(Path log) throws IOException {
        return new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
    }
}
