package dev.quartet.mixer.routing;

import dev.quartet.expressions.Expression;
import dev.quartet.mixer.adapter.Handler;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What dispatch runs, of one revision. Rules of the root namespace hold for every request, others for those of their
/// own namespace (the destination's when the server's side asks, the source's when the client's side does): after
/// Istio 1.4 `mixer/pkg/runtime/dispatcher`, `routing`.
public final class RoutingTable {
    private final String revision;
    private final String rootNamespace;
    private final Map<String, Actions> byNamespace;
    private final Actions rootOnly;
    private final int dimensionReaders;

    /// @param actions per namespace; those of the root namespace come first for everyone
    RoutingTable(
            String revision,
            String rootNamespace,
            Map<String, Actions> actions,
            int dimensionReaders) {
        this.revision = revision;
        this.rootNamespace = rootNamespace;
        this.dimensionReaders = dimensionReaders;
        this.rootOnly = actions.getOrDefault(rootNamespace, Actions.NONE);
        var merged = new HashMap<String, Actions>();
        actions.forEach((namespace, own) ->
                merged.put(namespace, namespace.equals(rootNamespace) ? own : rootOnly.and(own)));
        this.byNamespace = Map.copyOf(merged);
    }

    /// What runs for a request of `namespace`; null when that is not known.
    public Actions actions(@Nullable String namespace) {
        return namespace == null ? rootOnly : byNamespace.getOrDefault(namespace, rootOnly);
    }

    public String revision() {
        return revision;
    }

    public String rootNamespace() {
        return rootNamespace;
    }

    /// How many [DimensionReader]s there are: the length of a request's list of values.
    public int dimensionReaders() {
        return dimensionReaders;
    }

    /// In the order in which they run.
    public record Actions(List<CheckAction> checks, List<ReportAction> reports) {
        static final Actions NONE = new Actions(List.of(), List.of());

        public Actions {
            checks = List.copyOf(checks);
            reports = List.copyOf(reports);
        }

        Actions and(Actions more) {
            var allChecks = new ArrayList<>(checks);
            allChecks.addAll(more.checks);
            var allReports = new ArrayList<>(reports);
            allReports.addAll(more.reports);
            return new Actions(allChecks, allReports);
        }
    }

    /// One handler that a rule asks, with its instances.
    ///
    /// @param rule `namespace/name`
    /// @param match null always holds
    /// @param handler `name.namespace`, as verdicts name it
    public record CheckAction(
            String rule, @Nullable Expression match, String handler, CheckStep step) {}

    /// What a matching check does.
    public sealed interface CheckStep {
        /// Asks the handler once per instance.
        record Ask(Handler.Check handler, List<String> instances, DispatchMeters.Destination meters)
                implements CheckStep {
            public Ask {
                instances = List.copyOf(instances);
            }
        }

        /// The rule, its handler or an instance is wrong, so what it should protect stays closed.
        record Refuse(String fault) implements CheckStep {}
    }

    /// One handler that a rule reports to.
    public record ReportAction(
            String rule,
            @Nullable Expression match,
            String handler,
            List<Measurement> measurements,
            DispatchMeters.Destination meters) {
        public ReportAction {
            measurements = List.copyOf(measurements);
        }
    }

    /// One value of an instance, on its way to one sink.
    ///
    /// @param instance `name.namespace`
    public record Measurement(
            String instance, Expression value, DimensionReader dimensions, Handler.Sink sink) {}
}
