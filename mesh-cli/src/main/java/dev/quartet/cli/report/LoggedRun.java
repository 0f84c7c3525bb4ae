package dev.quartet.cli.report;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;

/// A program whose output goes to a log and, line by line, to who shows its progress. It ends with this process at the latest.
final class LoggedRun {
    private LoggedRun() {}

    /// @param log is added to
    /// @return the program's exit code
    static int of(ProcessBuilder builder, Path log, Consumer<String> lines)
            throws IOException, InterruptedException {
        Files.createDirectories(log.toAbsolutePath().getParent());
        var process = builder.redirectErrorStream(true).start();
        process.getOutputStream().close();
        try (var _ = AtExit.of(process::destroy);
                var out =
                        new BufferedReader(
                                new InputStreamReader(
                                        process.getInputStream(), StandardCharsets.UTF_8));
                var copy =
                        Files.newBufferedWriter(
                                log, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            for (var line = out.readLine(); line != null; line = out.readLine()) {
                copy.write(line);
                copy.newLine();
                lines.accept(line);
            }
            return process.waitFor();
        }
    }
}
