package dev.quartet.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// Ends processes, and reads what they have said.
final class Processes {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private Processes() {}

    /// Asks it to end, then insists.
    static void stop(Process process) {
        stop(process, PATIENCE);
    }

    static void stop(Process process, Duration patience) {
        process.destroy();
        try {
            if (!process.waitFor(patience)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException _) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    static String tail(Path log, int lines) {
        try {
            var all = Files.exists(log) ? Files.readAllLines(log) : List.<String>of();
            return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()));
        } catch (IOException failure) {
            return "(log not readable: " + failure.getMessage() + ")";
        }
    }
}
