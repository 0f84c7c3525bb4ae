package dev.quartet.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/// A program that is run to its end, with both of its output streams together.
///
/// @param environment beside this process's own
public record Command(List<String> words, Map<String, String> environment) {
    private static final long LIMIT_SECONDS = 420;
    private static final int NOT_STARTED = 127;

    public Command {
        words = List.copyOf(words);
        environment = Map.copyOf(environment);
    }

    public static Command of(String... words) {
        return new Command(List.of(words), Map.of());
    }

    public Command with(String variable, String value) {
        var more = new TreeMap<>(environment);
        more.put(variable, value);
        return new Command(words, more);
    }

    /// What a program has said.
    public record Result(int exitCode, String output) {
        public Result orFail() {
            if (exitCode != 0) {
                throw new AssertionError("ended with " + exitCode + ":\n" + output);
            }
            return this;
        }

        /// The last line that is not empty.
        public String lastLine() {
            return output.lines().filter(line -> !line.isBlank()).reduce("", (_, last) -> last);
        }
    }

    public Result run() {
        return run("");
    }

    /// @param input for its standard input
    /// @return 127, as a shell says, when it cannot be started
    /// @throws AssertionError when it takes longer than seven minutes
    public Result run(String input) {
        try {
            return started(input);
        } catch (IOException failure) {
            return new Result(NOT_STARTED, String.valueOf(failure.getMessage()));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    private Result started(String input) throws IOException, InterruptedException {
        var in = Files.createTempFile("command", ".in");
        var out = Files.createTempFile("command", ".out");
        try {
            Files.writeString(in, input);
            var builder =
                    new ProcessBuilder(words)
                            .redirectErrorStream(true)
                            .redirectInput(in.toFile())
                            .redirectOutput(out.toFile());
            builder.environment().putAll(environment);
            var process = builder.start();
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
                throw new AssertionError(
                        "%s takes longer than %d s:\n%s"
                                .formatted(words, LIMIT_SECONDS, Files.readString(out)));
            }
            return new Result(process.exitValue(), Files.readString(out));
        } finally {
            Files.deleteIfExists(in);
            Files.deleteIfExists(out);
        }
    }
}
