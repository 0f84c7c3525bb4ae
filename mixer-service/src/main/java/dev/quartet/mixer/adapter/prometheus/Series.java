package dev.quartet.mixer.adapter.prometheus;

import dev.quartet.mixer.adapter.LabelValues;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.DoubleAdder;

/// One label set of one metric and its current value. Records come from many threads and take no lock.
///
/// A record first says that the series is in use ([#enter]); expiry closes a series only by swapping the very time it
/// saw, so no record is ever lost in a series that has just been dropped.
public abstract sealed class Series {
    private static final VarHandle LAST_USED;

    /// How exact the time of the last use is: a busy series is not written to for it at each record.
    private static final long GRANULARITY_MILLIS = 1_000;

    private static final long CLOSED = Long.MIN_VALUE;

    static {
        try {
            LAST_USED =
                    MethodHandles.lookup()
                            .findVarHandle(Series.class, "lastUsedMillis", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final LabelValues labels;
    private final long createdMillis;
    private volatile long lastUsedMillis;

    private Series(LabelValues labels, long nowMillis) {
        this.labels = labels;
        this.createdMillis = nowMillis;
        this.lastUsedMillis = nowMillis;
    }

    static Series create(
            MetricDefinition definition, double[] bounds, LabelValues labels, long nowMillis) {
        return switch (definition.type()) {
            case COUNTER -> new Counter(labels, nowMillis);
            case GAUGE -> new Gauge(labels, nowMillis);
            case DISTRIBUTION -> new Distribution(labels, nowMillis, bounds);
        };
    }

    public LabelValues labels() {
        return labels;
    }

    public long createdMillis() {
        return createdMillis;
    }

    /// Up to a second behind the true last use; never ahead.
    public long lastUsedMillis() {
        return lastUsedMillis;
    }

    /// False when the series has been dropped: the caller takes a new one.
    final boolean enter(long nowMillis) {
        while (true) {
            long last = lastUsedMillis;
            if (last == CLOSED) {
                return false;
            }
            if (nowMillis - last < GRANULARITY_MILLIS
                    || LAST_USED.compareAndSet(this, last, nowMillis)) {
                return true;
            }
        }
    }

    /// Closes the series if nothing has used it since `idleSinceMillis`.
    final boolean closeIfIdleSince(long idleSinceMillis) {
        long last = lastUsedMillis;
        return last != CLOSED
                && last <= idleSinceMillis
                && LAST_USED.compareAndSet(this, last, CLOSED);
    }

    /// Whether a value read at `readMillis` holds every record made so far, if no other has come since.
    public boolean settledAt(long readMillis) {
        return readMillis > lastUsedMillis + 2 * GRANULARITY_MILLIS;
    }

    abstract void record(double value);

    /// `istio_requests_total`.
    public static final class Counter extends Series {
        private final DoubleAdder total = new DoubleAdder();

        Counter(LabelValues labels, long nowMillis) {
            super(labels, nowMillis);
        }

        @Override
        void record(double value) {
            total.add(value);
        }

        public double value() {
            return total.sum();
        }
    }

    /// The last value wins.
    public static final class Gauge extends Series {
        private volatile double value;

        Gauge(LabelValues labels, long nowMillis) {
            super(labels, nowMillis);
        }

        @Override
        void record(double recorded) {
            value = recorded;
        }

        public double value() {
            return value;
        }
    }

    /// Counts per bucket, and a sum. The count is the sum of the buckets, so the two always agree.
    public static final class Distribution extends Series {
        private final double[] bounds;
        private final AtomicLongArray buckets;
        private final DoubleAdder sum = new DoubleAdder();

        Distribution(LabelValues labels, long nowMillis, double[] bounds) {
            super(labels, nowMillis);
            this.bounds = bounds;
            this.buckets = new AtomicLongArray(bounds.length + 1);
        }

        @Override
        void record(double value) {
            int bucket = 0;
            while (bucket < bounds.length && value > bounds[bucket]) {
                bucket++;
            }
            buckets.incrementAndGet(bucket);
            sum.add(value);
        }

        /// Counts up to and with each bound, the last up to +Inf.
        public long[] cumulativeCounts() {
            var counts = new long[buckets.length()];
            long total = 0;
            for (int i = 0; i < counts.length; i++) {
                total += buckets.get(i);
                counts[i] = total;
            }
            return counts;
        }

        public double sum() {
            return sum.sum();
        }
    }
}
