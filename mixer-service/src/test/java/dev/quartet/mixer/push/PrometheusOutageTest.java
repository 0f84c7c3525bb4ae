package dev.quartet.mixer.push;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.mixer.adapter.LabelValues;
import dev.quartet.mixer.adapter.prometheus.CardinalityLimits;
import dev.quartet.mixer.adapter.prometheus.MetricDefinition;
import dev.quartet.mixer.adapter.prometheus.SeriesStore;
import dev.quartet.testkit.PrometheusProcess;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// With a real Prometheus.
class PrometheusOutageTest {
    private static final MetricDefinition REQUESTS =
            new MetricDefinition(
                    "istio_requests_total",
                    "",
                    MetricDefinition.Type.COUNTER,
                    List.of("reporter", "code"),
                    List.of(),
                    Duration.ofMinutes(10));

    private final Clock clock = Clock.systemUTC();

    private MetricPusher pusher(SeriesStore store, PrometheusProcess prometheus, String instance) {
        var target =
                new PushTarget(
                        URI.create(prometheus.remoteWriteUrl()),
                        Duration.ofMillis(250),
                        Duration.ofSeconds(2),
                        Map.of("job", "istio-mesh", "instance", instance),
                        1_000);
        return new MetricPusher(store, target, clock, new SimpleMeterRegistry());
    }

    private static double value(PrometheusProcess prometheus, String query) {
        return prometheus.query(query).stream().mapToDouble(PrometheusProcess.Sample::value).sum();
    }

    @Test
    void countsAreExactAfterPrometheusWasAway() {
        try (var prometheus = PrometheusProcess.create()) {
            var store = new SeriesStore(new CardinalityLimits(100, 1000), clock);
            var requests = store.family(REQUESTS);
            var pusher = pusher(store, prometheus, "mixer-1");
            pusher.start();
            for (int i = 0; i < 1_000; i++) {
                requests.record(LabelValues.of("destination", "200"), 1, clock.millis());
            }
            await().until(() -> value(prometheus, "sum(istio_requests_total)") == 1_000);

            prometheus.stop();
            for (int i = 0; i < 500; i++) {
                requests.record(
                        LabelValues.of("destination", i % 2 == 0 ? "200" : "503"),
                        1,
                        clock.millis());
            }
            await().until(() -> pusher.status().lastError() != null);
            prometheus.start();

            await().atMost(Duration.ofSeconds(20))
                    .until(() -> value(prometheus, "sum(istio_requests_total)") == 1_500);
            assertThat(value(prometheus, "sum(istio_requests_total{code=\"503\"})")).isEqualTo(250);
            assertThat(prometheus.query("istio_requests_total"))
                    .allSatisfy(sample ->
                            assertThat(sample.labels())
                                    .containsEntry("job", "istio-mesh")
                                    .containsEntry("instance", "mixer-1"));
            // The whole of a new series is an increase, since it starts at zero.
            assertThat(
                            value(
                                    prometheus,
                                    "sum(max_over_time(istio_requests_total[5m]) - min_over_time(istio_requests_total[5m]))"))
                    .isEqualTo(1_500);
            assertThat(value(prometheus, "sum(resets(istio_requests_total[5m]))")).isZero();

            pusher.close();
            await().until(() -> prometheus.query("istio_requests_total").isEmpty());
        }
    }

    @Test
    void theCountsOfAKilledMixerStayBesideTheNewOnes() {
        try (var prometheus = PrometheusProcess.create()) {
            var killed = new SeriesStore(new CardinalityLimits(100, 1000), clock);
            killed.family(REQUESTS)
                    .record(LabelValues.of("destination", "200"), 70, clock.millis());
            var first = pusher(killed, prometheus, "mixer-1-a");
            first.start();
            await().until(() -> value(prometheus, "sum(istio_requests_total)") == 70);
            first.endWithoutGoodbye();

            var store = new SeriesStore(new CardinalityLimits(100, 1000), clock);
            store.family(REQUESTS).record(LabelValues.of("destination", "200"), 30, clock.millis());
            try (var second = pusher(store, prometheus, "mixer-1-b")) {
                second.start();
                await().until(() -> value(prometheus, "sum(istio_requests_total)") == 100);
            }
        }
    }
}
