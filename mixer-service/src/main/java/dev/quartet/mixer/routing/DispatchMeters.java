package dev.quartet.mixer.routing;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// Istio's own metrics of dispatch, with Istio's names and labels.
public final class DispatchMeters {
    private static final Duration[] BUCKETS = {
        Duration.ofNanos(10_000), Duration.ofNanos(100_000), Duration.ofMillis(1),
                Duration.ofMillis(5),
        Duration.ofMillis(10), Duration.ofMillis(25), Duration.ofMillis(50), Duration.ofMillis(100),
        Duration.ofMillis(250), Duration.ofMillis(500), Duration.ofSeconds(1), Duration.ofSeconds(5)
    };

    private final MeterRegistry registry;
    private final DistributionSummary destinations;
    private final DistributionSummary instances;

    public DispatchMeters(MeterRegistry registry) {
        this.registry = registry;
        this.destinations =
                summary(
                        "mixer_dispatcher_destinations_per_request",
                        "Handlers that one request reached");
        this.instances =
                summary("mixer_dispatcher_instances_per_request", "Instances made for one request");
    }

    private DistributionSummary summary(String name, String description) {
        return DistributionSummary.builder(name)
                .description(description)
                .serviceLevelObjectives(1, 2, 5, 10, 20)
                .register(registry);
    }

    public void request(int destinationCount, int instanceCount) {
        destinations.record(destinationCount);
        instances.record(instanceCount);
    }

    /// @param meshFunction the template
    /// @param handler `name.namespace`
    Destination destination(String meshFunction, String handler, String adapter) {
        var tags = Tags.of("meshFunction", meshFunction, "handler", handler, "adapter", adapter);
        var good = tags.and("error", "false");
        var failed = tags.and("error", "true");
        return new Destination(counter(good), counter(failed), timer(good), timer(failed));
    }

    private Counter counter(Tags tags) {
        return Counter.builder("mixer_runtime_dispatches")
                .description("Calls of handlers")
                .tags(tags)
                .register(registry);
    }

    private Timer timer(Tags tags) {
        return Timer.builder("mixer_runtime_dispatch_duration")
                .description("Time that calls of handlers took")
                .tags(tags)
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }

    /// The meters of one handler for one template.
    public record Destination(Counter good, Counter failed, Timer goodTime, Timer failedTime) {
        public void called(long startNanos, boolean error) {
            long nanos = System.nanoTime() - startNanos;
            if (error) {
                failed.increment();
                failedTime.record(nanos, TimeUnit.NANOSECONDS);
            } else {
                good.increment();
                goodTime.record(nanos, TimeUnit.NANOSECONDS);
            }
        }
    }
}
