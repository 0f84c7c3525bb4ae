package dev.quartet.mixer.push;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;

/// The meters of the push to Prometheus.
final class PushMetrics {
    private PushMetrics() {}

    static void register(MetricPusher pusher, Clock clock, MeterRegistry registry) {
        FunctionCounter.builder("mixer_push_attempts", pusher, it -> it.status().pushes())
                .description("Pushes of the mesh metrics to Prometheus")
                .register(registry);
        FunctionCounter.builder("mixer_push_failures", pusher, it -> it.status().failures())
                .description(
                        "Pushes that Prometheus did not take; the next one carries the same counts")
                .register(registry);
        FunctionCounter.builder("mixer_push_samples", pusher, it -> it.status().samples())
                .description("Samples that Prometheus took")
                .register(registry);
        Gauge.builder("mixer_push_age_seconds", pusher, it -> age(it, clock))
                .description(
                        "Time since Prometheus last took everything; since the start if it never did")
                .register(registry);
    }

    private static double age(MetricPusher pusher, Clock clock) {
        var last = pusher.status().lastSuccess();
        return Duration.between(last == null ? pusher.createdAt() : last, clock.instant())
                        .toMillis()
                / 1000.0;
    }
}
