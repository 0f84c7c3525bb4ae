package dev.quartet.pilot.kube;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/// The meters of this package; they are 0 outside Kubernetes.
public final class ClusterMetrics {
    /// How a remote cluster stands.
    enum State {
        SYNCED,
        WAITING,
        FAULTY
    }

    private final Map<State, AtomicInteger> clusters = new EnumMap<>(State.class);

    public ClusterMetrics(MeterRegistry meters) {
        for (var state : State.values()) {
            var number = new AtomicInteger();
            clusters.put(state, number);
            Gauge.builder("pilot_k8s_remote_clusters", number, AtomicInteger::get)
                    .description("Remote clusters that Secrets name")
                    .tag("state", state.name().toLowerCase(Locale.ROOT))
                    .register(meters);
        }
    }

    void show(Map<State, Long> numbers) {
        clusters.forEach((state, number) -> number.set(numbers.getOrDefault(state, 0L).intValue()));
    }
}
