package dev.quartet.testkit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/// A clock that stands still until it is moved. Thread-safe.
public final class FakeClock extends Clock {
    private volatile Instant now;
    private final ZoneId zone;

    private FakeClock(Instant now, ZoneId zone) {
        this.now = now;
        this.zone = zone;
    }

    public static FakeClock at(Instant now) {
        return new FakeClock(now, ZoneOffset.UTC);
    }

    /// @param instant in ISO form, `2026-01-01T00:00:00Z`
    public static FakeClock at(String instant) {
        return at(Instant.parse(instant));
    }

    public void set(Instant instant) {
        now = instant;
    }

    /// @param step negative to go back
    public synchronized void advance(Duration step) {
        now = now.plus(step);
    }

    @Override
    public Instant instant() {
        return now;
    }

    @Override
    public ZoneId getZone() {
        return zone;
    }

    /// A clock of another zone that does not follow later moves of this one.
    @Override
    public Clock withZone(ZoneId other) {
        return new FakeClock(now, other);
    }
}
