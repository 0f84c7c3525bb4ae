package dev.quartet.policy;

import dev.quartet.config.ResourceKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Turns metric instances into series. After Istio 1.4, `mixer/adapter/prometheus/config`.
///
/// @param expiry null: series never expire
public record Prometheus(List<Metric> metrics, @Nullable Expiry expiry) implements AdapterConfig {
    public Prometheus {
        metrics = List.copyOf(metrics);
    }

    @Override
    public Adapter adapter() {
        return Adapter.PROMETHEUS;
    }

    /// @param namespace stands before the name; `istio` when left out
    /// @param instance the instance that feeds it
    /// @param bounds upper bounds of the finite buckets, rising; empty unless it is a DISTRIBUTION
    /// @param labelNames in the order of the user
    public record Metric(
            String namespace,
            String name,
            ResourceKey instance,
            String description,
            MetricKind kind,
            List<Double> bounds,
            List<String> labelNames) {
        public Metric {
            bounds = List.copyOf(bounds);
            labelNames = List.copyOf(labelNames);
        }

        /// `istio_requests_total`.
        public String fullName() {
            return namespace.isEmpty() ? name : namespace + "_" + name;
        }
    }

    public enum MetricKind {
        GAUGE,
        COUNTER,
        DISTRIBUTION
    }

    /// @param after a series that got no value for so long goes
    /// @param checkInterval how often that is looked at; half of `after` when left out
    public record Expiry(Duration after, Duration checkInterval) {}

    /// The buckets of a distribution that says nothing about them.
    static final List<Double> DEFAULT_BOUNDS =
            List.of(.005, .01, .025, .05, .1, .25, .5, 1.0, 2.5, 5.0, 10.0);

    /// @param finite number of buckets between the first bound and the last, so there is one bound more
    static List<Double> linear(int finite, double offset, double width) {
        var bounds = new ArrayList<Double>();
        for (var i = 0; i <= finite; i++) {
            bounds.add(offset + i * width);
        }
        return bounds;
    }

    /// @param finite as in [#linear]
    static List<Double> exponential(int finite, double scale, double growth) {
        var bounds = new ArrayList<Double>();
        var bound = scale;
        for (var i = 0; i <= finite; i++) {
            bounds.add(bound);
            bound *= growth;
        }
        return bounds;
    }
}
