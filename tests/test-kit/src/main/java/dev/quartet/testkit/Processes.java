package dev.quartet.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Ends processes, and reads what they have said.
final class Processes {
    private static final int PATIENCE_SECONDS = 5;

    private Processes() {}

    /// Asks it to end, then insists.
    static void stop(Process process) {
        process.destroy();
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
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
