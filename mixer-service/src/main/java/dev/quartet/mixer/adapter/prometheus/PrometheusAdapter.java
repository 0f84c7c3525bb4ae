package dev.quartet.mixer.adapter.prometheus;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import dev.quartet.mixer.adapter.Handler;
import dev.quartet.mixer.adapter.HandlerFactory;
import dev.quartet.mixer.adapter.LabelValues;
import dev.quartet.policy.PolicyHandler;
import dev.quartet.policy.Prometheus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Counts the values of metric instances in the [SeriesStore]. After Istio 1.4, `mixer/adapter/prometheus`.
public final class PrometheusAdapter implements HandlerFactory<Prometheus> {
    private final SeriesStore store;

    public PrometheusAdapter(SeriesStore store) {
        this.store = store;
    }

    @Override
    public Class<Prometheus> configType() {
        return Prometheus.class;
    }

    @Override
    public Assembly<Prometheus> begin() {
        return new Metrics();
    }

    static MetricDefinition definition(Prometheus.Metric metric, Prometheus config) {
        var expiry = config.expiry();
        return new MetricDefinition(
                metric.fullName(),
                metric.description().isEmpty() ? metric.fullName() : metric.description(),
                switch (metric.kind()) {
                    case COUNTER -> MetricDefinition.Type.COUNTER;
                    case GAUGE -> MetricDefinition.Type.GAUGE;
                    case DISTRIBUTION -> MetricDefinition.Type.DISTRIBUTION;
                },
                metric.labelNames(),
                metric.bounds(),
                expiry == null ? Duration.ZERO : expiry.after());
    }

    /// A metric that two handlers define alike is one; defined differently, the first by name keeps it.
    private final class Metrics implements Assembly<Prometheus> {
        private final Map<String, MetricDefinition> byName = new HashMap<>();

        @Override
        public Handler handler(
                PolicyHandler handler, Prometheus config, Consumer<Problem> problems) {
            var sinks = new HashMap<String, List<Handler.Sink>>();
            for (int i = 0; i < config.metrics().size(); i++) {
                var metric = config.metrics().get(i);
                var definition = definition(metric, config);
                var first = byName.putIfAbsent(definition.name(), definition);
                if (first != null && !first.equals(definition)) {
                    problems.accept(conflict(handler, i, definition.name()));
                    continue;
                }
                sinks.computeIfAbsent(name(metric.instance()), key -> new ArrayList<>())
                        .add(new FamilySink(store.family(definition)));
            }
            var bound = Map.copyOf(sinks);
            return (Handler.Report) instance -> bound.getOrDefault(instance, List.of());
        }

        @Override
        public void inForce() {
            store.retain(byName.values());
        }
    }

    private static String name(ResourceKey key) {
        return key.name() + "." + key.namespace();
    }

    private static Problem conflict(PolicyHandler handler, int index, String metric) {
        return new Problem(
                Reason.CONFLICTING_FIELDS,
                handler.key(),
                null,
                FieldPath.SPEC.field("params").field("metrics").index(index).field("name"),
                "another handler defines the metric "
                        + metric
                        + " with another kind, labels, buckets or expiry",
                "give it another name, or the same definition");
    }

    private record FamilySink(MetricFamily family) implements Handler.Sink {
        @Override
        public List<String> dimensions() {
            return family.definition().labels();
        }

        @Override
        public void record(LabelValues dimensions, double value, long nowMillis) {
            family.record(dimensions, value, nowMillis);
        }
    }
}
