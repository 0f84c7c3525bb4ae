package dev.quartet.cli.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// Remembers one process in a file of two lines: its pid, and when it started (epoch milliseconds). A pid alone may belong to
/// somebody else by now; with the start time it is that process or none.
public record PidFile(Path path) {
    /// The kernel counts start times in ticks since boot, and the time of boot moves a little when the clock is set.
    private static final Duration TOLERANCE = Duration.ofSeconds(2);

    /// @throws UncheckedIOException when the file cannot be written
    public void remember(ProcessHandle process) {
        var started = process.info().startInstant().orElse(Instant.EPOCH).toEpochMilli();
        try {
            Files.createDirectories(path.toAbsolutePath().getParent());
            var written = path.resolveSibling(path.getFileName() + ".new");
            Files.writeString(written, process.pid() + "\n" + started + "\n");
            Files.move(
                    written,
                    path,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot write " + path, failure);
        }
    }

    /// The process, when it still runs. Empty for a file that is missing or broken, and for a pid that is now another process.
    public Optional<ProcessHandle> running() {
        try {
            var lines = Files.readAllLines(path);
            if (lines.size() < 2) {
                return Optional.empty();
            }
            var started = Instant.ofEpochMilli(Long.parseLong(lines.get(1).strip()));
            return ProcessHandle.of(Long.parseLong(lines.getFirst().strip()))
                    .filter(ProcessHandle::isAlive)
                    .filter(process -> startedAt(process, started));
        } catch (IOException | NumberFormatException _) {
            return Optional.empty();
        }
    }

    public void forget() {
        try {
            Files.deleteIfExists(path);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot remove " + path, failure);
        }
    }

    private static boolean startedAt(ProcessHandle process, Instant expected) {
        return process.info()
                .startInstant()
                .map(started -> Duration.between(started, expected).abs().compareTo(TOLERANCE) <= 0)
                .orElse(false);
    }
}
