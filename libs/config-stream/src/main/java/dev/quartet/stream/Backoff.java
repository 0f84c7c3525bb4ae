package dev.quartet.stream;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// Waits between attempts: 0.5 s to 3 s, growing, with full jitter above the floor, so that sinks that lost the same
/// Galley don't return in step. Not thread-safe.
final class Backoff {
    static final Duration FLOOR = Duration.ofMillis(500);
    static final Duration CEILING = Duration.ofSeconds(3);

    private final RandomGenerator random;
    private long boundMillis;

    Backoff(RandomGenerator random) {
        this.random = random;
        reset();
    }

    Duration next() {
        var wait = random.nextLong(FLOOR.toMillis(), boundMillis + 1);
        boundMillis = Math.min(boundMillis * 2, CEILING.toMillis());
        return Duration.ofMillis(wait);
    }

    void reset() {
        boundMillis = FLOOR.toMillis() * 3 / 2;
    }
}
