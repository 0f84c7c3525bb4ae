package dev.quartet.policy;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.check.Problems;
import dev.quartet.config.mixer.Handler;
import dev.quartet.policy.Registry.Found;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads a handler's parameters into its adapter's settings, once the instances that feed its metrics are built. One use;
/// not thread-safe.
final class HandlerBuilder {
    private static final int MOST_NAMED = 10;

    private final Registry registry;
    private final Handler handler;
    private final String namespace;
    private final Problems problems;

    HandlerBuilder(Registry registry, Handler handler, String namespace, Problems problems) {
        this.registry = registry;
        this.handler = handler;
        this.namespace = namespace;
        this.problems = problems;
    }

    /// What it answers, or would if it were not broken; null when nothing tells.
    @Nullable Variety variety() {
        return handler.compiledAdapter() == null
                ? null
                : Adapter.varietyOf(handler.compiledAdapter());
    }

    /// Null when it cannot be used; every fault is among the problems. Of a prometheus handler only the metrics that have
    /// a fault fall out.
    @Nullable AdapterConfig build() {
        var label = handler.compiledAdapter();
        if (label == null) {
            noAdapter();
            return null;
        }
        var adapter = Adapter.ofLabel(label);
        if (adapter.isEmpty()) {
            problems.add(
                    Reason.UNKNOWN_ADAPTER,
                    FieldPath.SPEC.field("compiledAdapter"),
                    (variety() == null ? "there is no adapter " : "this version lacks the adapter ")
                            + label,
                    "use one of " + Adapter.labels());
            return null;
        }
        var params = Params.of(FieldPath.SPEC.field("params"), handler.params(), problems);
        var config = AdapterParams.read(adapter.get(), params, namespace, this::canFeed);
        return problems.count() == 0 || config instanceof Prometheus ? config : null;
    }

    private void noAdapter() {
        if (handler.adapter() == null) {
            problems.missing(
                    FieldPath.SPEC.field("compiledAdapter"),
                    "the handler has no adapter",
                    "write one of " + Adapter.labels());
        } else {
            problems.add(
                    Reason.UNKNOWN_ADAPTER,
                    FieldPath.SPEC.field("adapter"),
                    "the adapter \""
                            + handler.adapter()
                            + "\" would run out of process, which is not supported yet",
                    "write a built-in one as compiledAdapter: " + Adapter.labels());
        }
    }

    /// Whether the metric's instance is there and has the metric's labels; notes a problem if not.
    private boolean canFeed(Prometheus.Metric metric, Params params) {
        return switch (registry.instance(metric.instance())) {
            case Found.Bad<PolicyInstance>(var exists, _) -> {
                params.problem(
                        Reason.UNKNOWN_INSTANCE,
                        params.at("instance_name"),
                        (exists ? "the instance is broken: " : "there is no ") + metric.instance(),
                        "name an instance of the template metric");
                yield false;
            }
            case Found.Good<PolicyInstance>(PolicyInstance(_, InstanceFields.Metric fields)) -> {
                var dimensions = fields.dimensions().keySet();
                var labels = Set.copyOf(metric.labelNames());
                if (dimensions.equals(labels)) {
                    yield true;
                }
                params.problem(
                        Reason.INVALID_VALUE,
                        params.at("label_names"),
                        "the labels are not the dimensions of "
                                + metric.instance()
                                + ": "
                                + difference(dimensions, labels),
                        "write exactly the names of its dimensions");
                yield false;
            }
            case Found.Good<PolicyInstance>(var other) -> {
                params.problem(
                        Reason.INSTANCE_HANDLER_MISMATCH,
                        params.at("instance_name"),
                        metric.instance() + " has the template " + other.template().label(),
                        "name an instance of the template metric");
                yield false;
            }
        };
    }

    private static String difference(Set<String> dimensions, Set<String> labels) {
        var missing = without(dimensions, labels);
        var unknown = without(labels, dimensions);
        return (missing.isEmpty() ? "" : "missing " + missing)
                + (missing.isEmpty() || unknown.isEmpty() ? "" : ", ")
                + (unknown.isEmpty() ? "" : "no dimension " + unknown);
    }

    /// The first few; there may be thousands, for each of thousands of metrics.
    private static List<String> without(Set<String> names, Set<String> others) {
        return names.stream()
                .filter(name -> !others.contains(name))
                .limit(MOST_NAMED)
                .sorted()
                .toList();
    }
}
