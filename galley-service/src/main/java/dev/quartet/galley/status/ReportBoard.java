package dev.quartet.galley.status;

import dev.quartet.wire.status.ConfigReport;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The newest report of each replica. An entry is forgotten 15 s after its last report. Thread-safe.
public final class ReportBoard {
    public static final Duration LIFE = Duration.ofSeconds(15);
    private static final int MAX_REPLICAS = 1000;

    private record Replica(Component component, String name) {}

    /// @param at when it came
    public record Entry(Component component, ConfigReport report, Instant at) {}

    private final Clock clock;
    private final Map<Replica, Entry> entries = new ConcurrentHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private long changes;

    public ReportBoard(Clock clock) {
        this.clock = clock;
    }

    /// @throws IllegalStateException when there are too many replicas
    public void put(Component component, ConfigReport report) {
        var replica = new Replica(component, report.getReplica());
        if (!entries.containsKey(replica)) {
            live();
            if (entries.size() >= MAX_REPLICAS) {
                throw new IllegalStateException(MAX_REPLICAS + " replicas report already");
            }
        }
        var before = entries.put(replica, new Entry(component, report, clock.instant()));
        if (before == null || !before.report().equals(report)) {
            touch();
        }
    }

    /// The entries that count now, in a steady order.
    public List<Entry> live() {
        var end = clock.instant().minus(LIFE);
        entries.values().removeIf(entry -> entry.at().isBefore(end));
        return entries.values().stream()
                .sorted(
                        Comparator.comparing(Entry::component)
                                .thenComparing(entry -> entry.report().getReplica()))
                .toList();
    }

    /// Counts changes; see [#awaitChange].
    long changes() {
        lock.lock();
        try {
            return changes;
        } finally {
            lock.unlock();
        }
    }

    /// Something else that a status depends on has changed.
    void touch() {
        lock.lock();
        try {
            changes++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Blocks until there were more changes than `seen`, or `atMost` has passed.
    void awaitChange(long seen, Duration atMost) throws InterruptedException {
        lock.lock();
        try {
            var left = atMost.toNanos();
            while (changes == seen && left > 0) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }
}
