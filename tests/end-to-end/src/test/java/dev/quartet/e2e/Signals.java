package dev.quartet.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;

/// Signals by kill(1): the JDK sends only the two that end a process.
final class Signals {
    private Signals() {}

    /// @param name `STOP`, `CONT`
    static void send(long pid, String name) {
        try {
            var result =
                    new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                            .inheritIO()
                            .start()
                            .waitFor();
            if (result != 0) {
                throw new IllegalStateException(
                        "kill -" + name + " " + pid + " ended with " + result);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }
}
