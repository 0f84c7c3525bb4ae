package dev.quartet.mixer.push;

import dev.quartet.mixer.adapter.prometheus.MetricFamily;
import dev.quartet.mixer.adapter.prometheus.Series;
import dev.quartet.mixer.adapter.prometheus.SeriesStore;
import dev.quartet.wire.prometheus.Sample;
import dev.quartet.wire.prometheus.TimeSeries;
import dev.quartet.wire.prometheus.WriteRequest;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// Writes the mesh metrics to Prometheus: at each interval the value that every series has by then.
///
/// What keeps `rate()` and `sum()` right:
/// - A series starts with a zero, one millisecond before it was made, so that its first count is an increase. The zero
///   is sent alone and before any value, and until it is known to be stored it is sent again with the very same time,
///   which Prometheus takes as the same sample. Only then do values follow.
/// - Values are cumulative. A push that fails, or of which nobody knows whether it arrived, is not repeated: the next
///   one says the same and more. All samples of one push have one time, later than any before.
/// - A series that goes ends with a stale marker: when it expires (only once its last value and the marker are
///   stored, so an outage longer than the expiry time loses nothing either) and at a clean stop.
///
/// One thread pushes; [#status()] may be called from any. After the remote write specification 1.0.
public final class MetricPusher implements AutoCloseable {
    /// The NaN that Prometheus reads as "this series ends here" (`model/value/value.go`: `StaleNaN`).
    public static final double STALE = Double.longBitsToDouble(0x7ff0000000000002L);

    private static final Logger LOGGER = LoggerFactory.getLogger(MetricPusher.class);

    private final SeriesStore store;
    private final PushTarget target;
    private final Clock clock;
    private final RemoteWriteClient client;
    private final Instant createdAt;
    private final Thread loop;
    private final CountDownLatch stop = new CountDownLatch(1);

    /// What is known at Prometheus. Touched by the pushing thread only.
    private final Map<Series, Delivery> deliveries = new IdentityHashMap<>();

    private long lastTimestampMillis;
    private long previousTimestampMillis;
    private volatile PushStatus status;

    public MetricPusher(SeriesStore store, PushTarget target, Clock clock, MeterRegistry registry) {
        this.store = store;
        this.target = target;
        this.clock = clock;
        this.client = new RemoteWriteClient(target);
        this.status = new PushStatus(target.url().toString(), null, null, 0, 0, 0);
        this.createdAt = clock.instant();
        this.loop = Thread.ofVirtual().name("metric-push").unstarted(this::run);
        PushMetrics.register(this, clock, registry);
    }

    Instant createdAt() {
        return createdAt;
    }

    public void start() {
        loop.start();
    }

    public PushStatus status() {
        return status;
    }

    /// Sends the last values and a stale marker for each series, within the target's time limit, and ends.
    @Override
    public void close() {
        stop.countDown();
        try {
            if (loop.isAlive()) {
                loop.join(target.timeout().plus(Duration.ofSeconds(1)));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            client.close();
        }
    }

    /// As a killed process: no last push, no stale markers.
    void endWithoutGoodbye() {
        loop.interrupt();
        client.close();
    }

    private void run() {
        try {
            while (!stop.await(target.interval().toMillis(), TimeUnit.MILLISECONDS)) {
                pushSafely(false);
            }
            pushSafely(true);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// A bug in one push must not end all later ones, nor a class or a native library that cannot be loaded: nobody would
    /// see that the thread is gone.
    private void pushSafely(boolean last) throws InterruptedException {
        try {
            push(last);
        } catch (RuntimeException | Error e) {
            failed("internal error: " + e, e);
        }
    }

    private void push(boolean last) throws InterruptedException {
        long now = nextTimestamp();
        var error = pushZeros(now);
        if (error == null) {
            error = pushValues(now);
        }
        if (error == null && last) {
            error = pushStaleMarkers(nextTimestamp());
        }
        store.purge();
        if (error == null) {
            succeeded();
        } else {
            failed(error, null);
        }
    }

    /// Strictly rising, whatever the clock does. Two apart, so that a zero finds room between two pushes.
    private long nextTimestamp() {
        previousTimestampMillis = lastTimestampMillis;
        lastTimestampMillis = Math.max(clock.millis(), lastTimestampMillis + 2);
        return lastTimestampMillis;
    }

    private @Nullable String pushZeros(long now) throws InterruptedException {
        var fresh = new ArrayList<Delivery>();
        for (var family : store.families()) {
            for (var series : family.series()) {
                var delivery = deliveries.get(series);
                if (delivery == null) {
                    delivery = new Delivery(family, series, zeroTimestamp(series, now));
                    deliveries.put(series, delivery);
                }
                if (!delivery.started) {
                    fresh.add(delivery);
                }
            }
        }
        var batch = new Batch();
        for (var delivery : fresh) {
            if (delivery.series instanceof Series.Gauge) {
                delivery.started = true;
                continue;
            }
            for (var labels : delivery.labels) {
                batch.add(labels, 0, delivery.zeroMillis);
            }
            batch.then(() -> delivery.started = true);
            var error = batch.sendIfFull();
            if (error != null) {
                return error;
            }
        }
        return batch.send();
    }

    /// Just before the series was made, but after the stale marker of an earlier one with the same labels.
    private long zeroTimestamp(Series series, long now) {
        long earliest =
                Math.max(previousTimestampMillis + 1, now - 2 * target.interval().toMillis());
        return Math.min(now - 1, Math.max(series.createdMillis() - 1, earliest));
    }

    private @Nullable String pushValues(long now) throws InterruptedException {
        var batch = new Batch();
        long readMillis = clock.millis();
        for (var delivery : List.copyOf(deliveries.values())) {
            if (!delivery.started) {
                continue;
            }
            if (expires(delivery, readMillis)) {
                long idleSince = delivery.series.lastUsedMillis();
                for (var labels : delivery.labels) {
                    batch.add(labels, STALE, now);
                }
                batch.then(() -> end(delivery, idleSince));
            } else {
                var values = SeriesLabels.values(delivery.series);
                for (int i = 0; i < values.length; i++) {
                    batch.add(delivery.labels.get(i), values[i], now);
                }
                batch.then(() -> delivery.deliveredMillis = readMillis);
            }
            var error = batch.sendIfFull();
            if (error != null) {
                return error;
            }
        }
        return batch.send();
    }

    /// Expired, and what it last held is stored.
    private static boolean expires(Delivery delivery, long nowMillis) {
        return delivery.family.expired(delivery.series, nowMillis)
                && delivery.series.settledAt(delivery.deliveredMillis);
    }

    /// The marker is stored. A series that has been used meanwhile lives on: its next value follows the marker.
    private void end(Delivery delivery, long idleSinceMillis) {
        if (delivery.family.drop(delivery.series, idleSinceMillis)) {
            deliveries.remove(delivery.series);
        }
    }

    private @Nullable String pushStaleMarkers(long now) throws InterruptedException {
        var batch = new Batch();
        for (var delivery : deliveries.values()) {
            for (var labels : delivery.labels) {
                batch.add(labels, STALE, now);
            }
            var error = batch.sendIfFull();
            if (error != null) {
                return error;
            }
        }
        return batch.send();
    }

    private void succeeded() {
        var before = status;
        status =
                new PushStatus(
                        before.url(),
                        Instant.now(clock),
                        null,
                        before.pushes() + 1,
                        before.failures(),
                        before.samples());
        if (before.lastError() != null) {
            LOGGER.atInfo().addKeyValue("name", target.url()).log("Metric push works again");
        }
    }

    private void failed(String error, @Nullable Throwable cause) {
        var before = status;
        status =
                new PushStatus(
                        before.url(),
                        before.lastSuccess(),
                        error,
                        before.pushes() + 1,
                        before.failures() + 1,
                        before.samples());
        if (before.lastError() == null) {
            LOGGER.atLevel(cause instanceof Error ? Level.ERROR : Level.WARN)
                    .addKeyValue("name", target.url())
                    .addKeyValue("error", error)
                    .setCause(cause)
                    .log("Metric push failed, the next one carries the same counts");
        }
    }

    private void counted(int samples) {
        var before = status;
        status =
                new PushStatus(
                        before.url(),
                        before.lastSuccess(),
                        before.lastError(),
                        before.pushes(),
                        before.failures(),
                        before.samples() + samples);
    }

    /// One series and what Prometheus has of it.
    private final class Delivery {
        final MetricFamily family;
        final Series series;
        final long zeroMillis;
        final List<TimeSeries> labels;
        boolean started;
        long deliveredMillis = Long.MIN_VALUE;

        Delivery(MetricFamily family, Series series, long zeroMillis) {
            this.family = family;
            this.series = series;
            this.zeroMillis = zeroMillis;
            this.labels = SeriesLabels.of(family.definition(), series.labels(), target.labels());
        }
    }

    /// Samples of one request, and what to do once they are stored.
    private final class Batch {
        private WriteRequest.Builder request = WriteRequest.newBuilder();
        private final List<Runnable> whenTaken = new ArrayList<>();

        void add(TimeSeries labels, double value, long timestampMillis) {
            request.addTimeseries(
                    labels.toBuilder()
                            .addSamples(
                                    Sample.newBuilder()
                                            .setValue(value)
                                            .setTimestamp(timestampMillis)));
        }

        void then(Runnable action) {
            whenTaken.add(action);
        }

        @Nullable String sendIfFull() throws InterruptedException {
            return request.getTimeseriesCount() >= target.maxSamples() ? send() : null;
        }

        /// Null when it went well. Refused samples count as done: sent again they would be refused for ever.
        @Nullable String send() throws InterruptedException {
            int samples = request.getTimeseriesCount();
            if (samples == 0) {
                whenTaken.forEach(Runnable::run);
                whenTaken.clear();
                return null;
            }
            var outcome = client.send(request.build());
            request = WriteRequest.newBuilder();
            var actions = List.copyOf(whenTaken);
            whenTaken.clear();
            return switch (outcome) {
                case RemoteWriteClient.Outcome.Taken() -> {
                    counted(samples);
                    actions.forEach(Runnable::run);
                    yield null;
                }
                case RemoteWriteClient.Outcome.Refused(var error) -> {
                    LOGGER.atWarn()
                            .addKeyValue("name", target.url())
                            .addKeyValue("error", error)
                            .log("Prometheus refused samples");
                    actions.forEach(Runnable::run);
                    yield null;
                }
                case RemoteWriteClient.Outcome.Failed(var error) -> error;
            };
        }
    }
}
