package dev.quartet.benchmarks.mesh;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What the kernel says a process has cost, by proc(5).
public final class ProcessCost {
    private static final double TICKS_PER_SECOND =
            100; // USER_HZ of every Linux that the JDK runs on

    private ProcessCost() {}

    /// User and system time of all its threads so far, in seconds; steps of 10 ms.
    public static double cpuSeconds(long pid) {
        return cpuSeconds(read(Path.of("/proc", Long.toString(pid), "stat")));
    }

    /// CPU seconds so far of those threads that live now and whose name begins so; a name has 15 characters at most.
    public static double cpuSeconds(long pid, String threads) {
        try (var tasks = Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "task"))) {
            var seconds = 0.0;
            for (var task : tasks) {
                seconds += cpuSecondsIf(threads, task);
            }
            return seconds;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static double cpuSecondsIf(String name, Path task) {
        try {
            return Files.readString(task.resolve("comm")).startsWith(name)
                    ? cpuSeconds(Files.readString(task.resolve("stat")))
                    : 0;
        } catch (IOException ended) {
            return 0; // the thread has ended since it was listed
        }
    }

    static double cpuSeconds(String stat) {
        // The command's name stands in brackets and may hold spaces and brackets itself.
        var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
    }

    /// Proportional set size: shared pages are divided among those who share them.
    public static long pssBytes(long pid) {
        return pssBytes(read(Path.of("/proc", Long.toString(pid), "smaps_rollup")));
    }

    static long pssBytes(String rollup) {
        return rollup.lines()
                .filter(line -> line.startsWith("Pss:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")) * 1024)
                .findFirst()
                .orElseThrow(() ->
                        new IllegalStateException(
                                "this kernel does not tell the proportional set size"));
    }

    /// The most that was resident at a time.
    public static long peakBytes(long pid) {
        return read(Path.of("/proc", Long.toString(pid), "status"))
                .lines()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")) * 1024)
                .findFirst()
                .orElseThrow(() ->
                        new IllegalStateException("this kernel does not tell the peak of memory"));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(
                    "the process has ended, or this is no Linux: " + file, failure);
        }
    }
}
