package dev.quartet.mixer.push;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.quartet.mixer.adapter.LabelValues;
import dev.quartet.mixer.adapter.prometheus.CardinalityLimits;
import dev.quartet.mixer.adapter.prometheus.MetricDefinition;
import dev.quartet.mixer.adapter.prometheus.MetricFamily;
import dev.quartet.mixer.adapter.prometheus.SeriesStore;
import dev.quartet.testkit.FakeClock;
import dev.quartet.wire.prometheus.Label;
import dev.quartet.wire.prometheus.Sample;
import dev.quartet.wire.prometheus.WriteRequest;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xerial.snappy.Snappy;

/// Against a receiver that stores what it is sent as Prometheus does, and fails when told to.
class MetricPusherTest {
    private static final MetricDefinition REQUESTS =
            new MetricDefinition(
                    "istio_requests_total",
                    "",
                    MetricDefinition.Type.COUNTER,
                    List.of("code"),
                    List.of(),
                    Duration.ofMinutes(10));
    private static final MetricDefinition DURATIONS =
            new MetricDefinition(
                    "istio_request_duration_seconds",
                    "",
                    MetricDefinition.Type.DISTRIBUTION,
                    List.of("code"),
                    List.of(0.5, 1.0),
                    Duration.ofMinutes(10));

    private final Map<String, List<Sample>> stored = new TreeMap<>();
    private final List<String> rejections = new CopyOnWriteArrayList<>();
    private final ConcurrentLinkedDeque<Integer> answers = new ConcurrentLinkedDeque<>();
    private final AtomicInteger requests = new AtomicInteger();
    private HttpServer receiver;

    @BeforeEach
    void startReceiver() throws IOException {
        receiver = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        receiver.createContext(
                "/api/v1/write",
                exchange -> {
                    try (exchange) {
                        var request =
                                WriteRequest.parseFrom(
                                        Snappy.uncompress(
                                                exchange.getRequestBody().readAllBytes()));
                        requests.incrementAndGet();
                        var planned = answers.poll();
                        int status =
                                planned == null
                                        ? store(request)
                                        : planned == -1 ? lose(request) : planned;
                        exchange.sendResponseHeaders(status, -1);
                    }
                });
        receiver.start();
    }

    @AfterEach
    void stopReceiver() {
        receiver.stop(0);
    }

    /// Stores, and says it did not: what a broken connection looks like.
    private int lose(WriteRequest request) {
        store(request);
        return 503;
    }

    private synchronized int store(WriteRequest request) {
        var staged = new HashMap<String, List<Sample>>();
        for (var series : request.getTimeseriesList()) {
            var name = name(series.getLabelsList());
            var known =
                    staged.computeIfAbsent(
                            name, key -> new ArrayList<>(stored.getOrDefault(key, List.of())));
            for (var sample : series.getSamplesList()) {
                if (!known.isEmpty()) {
                    var last = known.getLast();
                    if (last.getTimestamp() == sample.getTimestamp()
                            && last.getValue() == sample.getValue()) {
                        continue;
                    }
                    if (last.getTimestamp() >= sample.getTimestamp()) {
                        rejections.add(name + " " + last + " then " + sample);
                        return 400;
                    }
                }
                known.add(sample);
            }
        }
        stored.putAll(staged);
        return 204;
    }

    private static String name(List<Label> labels) {
        assertThat(labels).extracting(Label::getName).isSorted().doesNotHaveDuplicates();
        return labels.stream()
                .filter(label ->
                        !label.getName().equals("job") && !label.getName().equals("instance"))
                .map(label ->
                        label.getName().equals("__name__")
                                ? label.getValue()
                                : label.getName() + "=" + label.getValue())
                .collect(Collectors.joining(","));
    }

    private synchronized List<Double> values(String name) {
        return stored.getOrDefault(name, List.of()).stream().map(Sample::getValue).toList();
    }

    private synchronized List<Long> times(String name) {
        return stored.getOrDefault(name, List.of()).stream().map(Sample::getTimestamp).toList();
    }

    private MetricPusher pusher(SeriesStore store, Clock clock) {
        var target =
                new PushTarget(
                        URI.create(
                                "http://127.0.0.1:"
                                        + receiver.getAddress().getPort()
                                        + "/api/v1/write"),
                        Duration.ofMillis(20),
                        Duration.ofSeconds(2),
                        Map.of("job", "istio-mesh", "instance", "mixer-1"),
                        3);
        return new MetricPusher(store, target, clock, new SimpleMeterRegistry());
    }

    private static SeriesStore store(Clock clock) {
        return new SeriesStore(new CardinalityLimits(100, 1000), clock);
    }

    private static void count(MetricFamily family, String code, Clock clock) {
        family.record(LabelValues.of(code), 1, clock.millis());
    }

    private void awaitPushes(int more) {
        int from = requests.get();
        await().until(() -> requests.get() >= from + more);
    }

    @Test
    void aSeriesStartsAtZeroAndEndsWithAStaleMarker() {
        var clock = Clock.systemUTC();
        var store = store(clock);
        var family = store.family(REQUESTS);
        count(family, "200", clock);
        var pusher = pusher(store, clock);

        pusher.start();
        await().until(() -> values("istio_requests_total,code=200").contains(1.0));
        pusher.close();

        var values = values("istio_requests_total,code=200");
        assertThat(values.getFirst()).isZero();
        assertThat(values.subList(1, values.size() - 1)).isNotEmpty().allMatch(value -> value == 1);
        assertThat(Double.doubleToRawLongBits(values.getLast())).isEqualTo(0x7ff0000000000002L);
        assertThat(times("istio_requests_total,code=200")).isSorted().doesNotHaveDuplicates();
        assertThat(rejections).isEmpty();
        assertThat(pusher.status().lastError()).isNull();
    }

    @Test
    void aDistributionIsBucketsSumAndCount() {
        var clock = Clock.systemUTC();
        var store = store(clock);
        var family = store.family(DURATIONS);
        for (var seconds : List.of(0.25, 0.75, 3.0)) {
            family.record(LabelValues.of("200"), seconds, clock.millis());
        }
        try (var pusher = pusher(store, clock)) {
            pusher.start();
            await().until(() ->
                    values("istio_request_duration_seconds_count,code=200").contains(3.0));
        }

        assertThat(values("istio_request_duration_seconds_bucket,code=200,le=0.5"))
                .startsWith(0.0, 1.0);
        assertThat(values("istio_request_duration_seconds_bucket,code=200,le=1"))
                .startsWith(0.0, 2.0);
        assertThat(values("istio_request_duration_seconds_bucket,code=200,le=+Inf"))
                .startsWith(0.0, 3.0);
        assertThat(values("istio_request_duration_seconds_sum,code=200")).startsWith(0.0, 4.0);
    }

    @Test
    void anErrorIsInTheStatusAndTheNextPushIsTried() {
        var broken = new AtomicBoolean();
        var clock =
                new Clock() {
                    @Override
                    public Instant instant() {
                        if (broken.get()) {
                            throw new UnsatisfiedLinkError("no snappyjava");
                        }
                        return Instant.now();
                    }

                    @Override
                    public ZoneId getZone() {
                        return ZoneOffset.UTC;
                    }

                    @Override
                    public Clock withZone(ZoneId zone) {
                        return this;
                    }
                };
        var store = store(clock);
        count(store.family(REQUESTS), "200", clock);
        try (var pusher = pusher(store, clock)) {
            broken.set(true);
            pusher.start();
            await().untilAsserted(() ->
                    assertThat(pusher.status().lastError())
                            .isEqualTo(
                                    "internal error: java.lang.UnsatisfiedLinkError: no snappyjava"));

            broken.set(false);
            await().until(() -> values("istio_requests_total,code=200").contains(1.0));
            await().until(() -> pusher.status().lastError() == null);
        }
    }

    @Test
    void anOutageLosesNothingAndEachSeriesStillStartsAtZeroOnce() {
        var clock = Clock.systemUTC();
        var store = store(clock);
        var family = store.family(REQUESTS);
        answers.addAll(List.of(503, -1, 500, -1, 429, -1));
        try (var pusher = pusher(store, clock)) {
            count(family, "200", clock);
            pusher.start();
            awaitPushes(3);
            count(family, "200", clock);
            count(family, "404", clock);
            awaitPushes(3);
            count(family, "200", clock);
            await().until(() ->
                    values("istio_requests_total,code=200").contains(3.0)
                            && values("istio_requests_total,code=404").contains(1.0));
        }

        for (var series :
                List.of("istio_requests_total,code=200", "istio_requests_total,code=404")) {
            var values = values(series);
            assertThat(values.getFirst()).isZero();
            assertThat(values.stream().filter(value -> value == 0)).hasSize(1);
            assertThat(values.subList(0, values.size() - 1)).isSorted();
        }
        assertThat(rejections).isEmpty();
    }

    @Test
    void refusedSamplesAreNotSentForEver() {
        var clock = Clock.systemUTC();
        var store = store(clock);
        count(store.family(REQUESTS), "200", clock);
        answers.addAll(List.of(400));
        try (var pusher = pusher(store, clock)) {
            pusher.start();
            await().until(() -> values("istio_requests_total,code=200").contains(1.0));
        }
    }

    @Test
    void anIdleSeriesExpiresOnlyOnceItsLastValueIsStored() {
        var clock = FakeClock.at("2026-11-22T12:00:00Z");
        var store = store(clock);
        var family = store.family(REQUESTS);
        for (int i = 0; i < 100; i++) {
            answers.add(503);
        }
        var pusher = pusher(store, clock);
        count(family, "200", clock);
        pusher.start();
        awaitPushes(3);
        clock.advance(Duration.ofMinutes(11));
        awaitPushes(3);
        assertThat(family.size()).isEqualTo(1);

        answers.clear();
        await().until(() -> family.size() == 0);
        var values = values("istio_requests_total,code=200");
        assertThat(values.subList(0, 2)).containsExactly(0.0, 1.0);
        assertThat(values.getLast()).isNaN();

        clock.advance(Duration.ofSeconds(1));
        count(family, "200", clock);
        await().until(() -> values("istio_requests_total,code=200").size() >= values.size() + 2);
        assertThat(
                        values("istio_requests_total,code=200")
                                .subList(values.size(), values.size() + 2))
                .containsExactly(0.0, 1.0);
        assertThat(rejections).isEmpty();
        pusher.close();
    }

    @Test
    void timesRiseThoughTheClockGoesBack() {
        var clock = FakeClock.at("2026-11-22T12:00:00Z");
        var store = store(clock);
        count(store.family(REQUESTS), "200", clock);
        try (var pusher = pusher(store, clock)) {
            pusher.start();
            awaitPushes(3);
            clock.advance(Duration.ofHours(-1));
            awaitPushes(3);
        }
        assertThat(times("istio_requests_total,code=200")).isSorted().doesNotHaveDuplicates();
        assertThat(rejections).isEmpty();
    }
}
