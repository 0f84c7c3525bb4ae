package dev.quartet.mixer.adapter.prometheus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.mixer.adapter.LabelValues;
import dev.quartet.testkit.FakeClock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class SeriesStoreTest {
    private static final MetricDefinition REQUESTS =
            new MetricDefinition(
                    "istio_requests_total",
                    "requests",
                    MetricDefinition.Type.COUNTER,
                    List.of("reporter", "path"),
                    List.of(),
                    Duration.ofMinutes(10));
    private static final MetricDefinition SIZES =
            new MetricDefinition(
                    "istio_request_bytes",
                    "sizes",
                    MetricDefinition.Type.DISTRIBUTION,
                    List.of("reporter"),
                    List.of(1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6),
                    Duration.ofMinutes(10));

    private final FakeClock clock = FakeClock.at("2026-11-22T12:00:00Z");
    private final SeriesStore store = new SeriesStore(new CardinalityLimits(3, 5), clock);

    private static LabelValues labels(String... values) {
        return LabelValues.of(values);
    }

    private double total(MetricFamily family) {
        return family.series().stream()
                .mapToDouble(series -> ((Series.Counter) series).value())
                .sum();
    }

    @Test
    void countsPerLabelSet() {
        var family = store.family(REQUESTS);
        family.record(labels("source", "/a"), 1, clock.millis());
        family.record(labels("source", "/a"), 1, clock.millis());
        family.record(labels("destination", "/a"), 1, clock.millis());

        assertThat(family.size()).isEqualTo(2);
        assertThat(total(family)).isEqualTo(3);
        assertThat(store.family(REQUESTS)).isSameAs(family);
    }

    @Test
    void aLabelFloodEndsInAnOverflowValueAndLosesNoCount() {
        var family = store.family(REQUESTS);
        for (int i = 0; i < 100_000; i++) {
            family.record(labels("source", "/" + i), 1, clock.millis());
        }

        assertThat(family.size()).isEqualTo(4);
        assertThat(total(family)).isEqualTo(100_000);
        assertThat(family.overflowed()).isEqualTo(100_000 - 3);
        assertThat(family.series())
                .extracting(series -> series.labels().asList())
                .contains(List.of("source", CardinalityLimits.OVERFLOW));
    }

    @Test
    void aLongValueIsCutAndCountedAsOne() {
        var family = store.family(REQUESTS);
        var beginning = "/".repeat(CardinalityLimits.MAX_VALUE_CHARS);
        for (int i = 0; i < 10; i++) {
            family.record(labels("source", beginning + i), 1, clock.millis());
        }

        assertThat(family.series())
                .extracting(series -> series.labels().asList())
                .containsExactly(List.of("source", beginning + "…"));
        assertThat(total(family)).isEqualTo(10);
        assertThat(family.overflowed()).isZero();
    }

    @Test
    void pastTheLimitOfSeriesAllLabelsOverflow() {
        var family = store.family(REQUESTS);
        for (var reporter : List.of("a", "b", "c")) {
            for (var path : List.of("/1", "/2", "/3")) {
                family.record(labels(reporter, path), 1, clock.millis());
            }
        }

        assertThat(family.size()).isEqualTo(6);
        assertThat(total(family)).isEqualTo(9);
        assertThat(family.series())
                .extracting(series -> series.labels().asList())
                .contains(List.of(CardinalityLimits.OVERFLOW, CardinalityLimits.OVERFLOW));
    }

    @Test
    void roomComesBackWhenSeriesExpire() {
        var family = store.family(REQUESTS);
        for (var path : List.of("/1", "/2", "/3", "/4")) {
            family.record(labels("source", path), 1, clock.millis());
        }
        clock.advance(Duration.ofMinutes(10));
        store.expire();
        assertThat(family.size()).isZero();
        assertThat(family.distinctValues()).containsEntry("path", 0);

        family.record(labels("source", "/5"), 1, clock.millis());
        assertThat(family.series())
                .extracting(series -> series.labels().value(1))
                .containsExactly("/5");
    }

    @Test
    void aSeriesInUseDoesNotExpire() {
        var family = store.family(REQUESTS);
        for (int minute = 0; minute < 30; minute++) {
            family.record(labels("source", "/a"), 1, clock.millis());
            clock.advance(Duration.ofMinutes(1));
            store.expire();
        }
        assertThat(total(family)).isEqualTo(30);
    }

    @Test
    void noRecordIsLostBetweenThreadsAndExpiry() throws Exception {
        var never =
                new MetricDefinition(
                        "n",
                        "n",
                        MetricDefinition.Type.COUNTER,
                        List.of("a", "b"),
                        List.of(),
                        Duration.ofMillis(1));
        var family = store.family(never);
        var dropped = new java.util.concurrent.atomic.DoubleAdder();
        int threads = 4;
        int each = 50_000;
        var done = new CountDownLatch(threads);
        try (var workers = Executors.newFixedThreadPool(threads)) {
            for (int t = 0; t < threads; t++) {
                workers.submit(() -> {
                    for (int i = 0; i < each; i++) {
                        family.record(labels("x", "y"), 1, System.currentTimeMillis());
                    }
                    done.countDown();
                });
            }
            while (done.getCount() > 0) {
                for (var series : family.series()) {
                    // as the pusher does: only what has been idle since it looked, so never one in
                    // use
                    long seen = series.lastUsedMillis();
                    if (seen < System.currentTimeMillis() - 5_000 && family.drop(series, seen)) {
                        dropped.add(((Series.Counter) series).value());
                    }
                }
            }
        }
        assertThat(total(family) + dropped.sum()).isEqualTo(threads * each);
    }

    @Test
    void ignoresWhatWouldMakeACounterFall() {
        var family = store.family(REQUESTS);
        family.record(labels("source", "/a"), -1, clock.millis());
        family.record(labels("source", "/a"), Double.NaN, clock.millis());
        assertThat(family.size()).isZero();
    }

    @Test
    void aMetricDefinedAnewStartsAnewAndTheOldOneGoes() {
        var old = store.family(REQUESTS);
        old.record(labels("source", "/a"), 1, clock.millis());
        var changed =
                new MetricDefinition(
                        REQUESTS.name(),
                        "",
                        MetricDefinition.Type.COUNTER,
                        List.of("reporter"),
                        List.of(),
                        Duration.ZERO);
        store.family(changed);
        store.retain(List.of(changed));

        clock.advance(Duration.ofSeconds(6));
        store.expire();
        assertThat(old.size()).isZero();
        clock.advance(Duration.ofMinutes(2));
        store.expire();
        assertThat(store.families()).extracting(MetricFamily::definition).containsExactly(changed);
    }

    @Test
    void showsPrometheusTextFormat() throws Exception {
        store.family(REQUESTS).record(labels("source", "/a\"b\\c\nd"), 2, clock.millis());
        var sizes = store.family(SIZES);
        sizes.record(labels("source"), 5, clock.millis());
        sizes.record(labels("source"), 10, clock.millis());
        sizes.record(labels("source"), 2e6, clock.millis());
        var text = new StringBuilder();

        TextExposition.write(store, text);

        assertThat(text.toString())
                .isEqualTo(
                        """
                        # HELP istio_request_bytes sizes
                        # TYPE istio_request_bytes histogram
                        istio_request_bytes_bucket{reporter="source",le="1"} 0
                        istio_request_bytes_bucket{reporter="source",le="10"} 2
                        istio_request_bytes_bucket{reporter="source",le="100"} 2
                        istio_request_bytes_bucket{reporter="source",le="1000"} 2
                        istio_request_bytes_bucket{reporter="source",le="10000"} 2
                        istio_request_bytes_bucket{reporter="source",le="100000"} 2
                        istio_request_bytes_bucket{reporter="source",le="1e+06"} 2
                        istio_request_bytes_bucket{reporter="source",le="+Inf"} 3
                        istio_request_bytes_sum{reporter="source"} 2000015
                        istio_request_bytes_count{reporter="source"} 3
                        # HELP istio_requests_total requests
                        # TYPE istio_requests_total counter
                        istio_requests_total{reporter="source",path="/a\\"b\\\\c\\nd"} 2
                        """);
    }

    @Test
    void boundsReadAsInGo() {
        assertThat(TextExposition.bound(List.of(0.005), 0)).isEqualTo("0.005");
        assertThat(TextExposition.bound(List.of(1e8), 0)).isEqualTo("1e+08");
        assertThat(TextExposition.bound(List.of(1.5e6), 0)).isEqualTo("1.5e+06");
        assertThat(TextExposition.bound(List.of(1e-5), 0)).isEqualTo("1e-05");
        assertThat(TextExposition.bound(List.of(10.0), 0)).isEqualTo("10");
        assertThat(TextExposition.bound(List.of(0.0), 0)).isEqualTo("0");
    }
}
