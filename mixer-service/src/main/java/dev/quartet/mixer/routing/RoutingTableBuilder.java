package dev.quartet.mixer.routing;

import dev.quartet.config.Problem;
import dev.quartet.config.ResourceKey;
import dev.quartet.expressions.AttributeVocabulary;
import dev.quartet.expressions.Expression;
import dev.quartet.expressions.ExpressionException;
import dev.quartet.mixer.adapter.Handler;
import dev.quartet.mixer.adapter.HandlerFactory;
import dev.quartet.policy.AdapterConfig;
import dev.quartet.policy.InstanceFields;
import dev.quartet.policy.PolicyAction;
import dev.quartet.policy.PolicyHandler;
import dev.quartet.policy.PolicyInstance;
import dev.quartet.policy.PolicyRule;
import dev.quartet.policy.PolicyTable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Binds a policy table to running handlers. One builder serves all revisions; a build changes nothing that is in force
/// until its [Built#inForce()].
public final class RoutingTableBuilder {
    private static final Expression UNKNOWN = unknown();

    private final List<HandlerFactory<?>> factories;
    private final DispatchMeters meters;

    public RoutingTableBuilder(List<HandlerFactory<?>> factories, DispatchMeters meters) {
        this.factories = List.copyOf(factories);
        this.meters = meters;
    }

    /// A table, and what is wrong beyond the policy table's own problems.
    ///
    /// @param handlers keys and settings of the handlers that were made
    /// @param inForce to be run once dispatch uses the table
    public record Built(
            RoutingTable table,
            List<Problem> problems,
            Set<PolicyHandler> handlers,
            Runnable inForce) {}

    public Built build(String revision, PolicyTable policy) {
        return new Build(policy).build(revision);
    }

    private static Expression unknown() {
        try {
            return Expression.compile("\"unknown\"", AttributeVocabulary.standard());
        } catch (ExpressionException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String name(ResourceKey key) {
        return key.name() + "." + key.namespace();
    }

    /// One configuration in the making.
    private final class Build {
        private final PolicyTable policy;
        private final List<Problem> problems = new ArrayList<>();
        private final Map<Class<?>, HandlerFactory.Assembly<?>> assemblies = new HashMap<>();
        private final Map<ResourceKey, Handler> handlers = new HashMap<>();
        private final Map<List<String>, DimensionReader> readers = new HashMap<>();

        Build(PolicyTable policy) {
            this.policy = policy;
            factories.forEach(factory -> assemblies.put(factory.configType(), factory.begin()));
        }

        Built build(String revision) {
            policy.handlers()
                    .values()
                    .forEach(handler -> handlers.put(handler.key(), handler(handler)));
            var checks = new HashMap<String, List<RoutingTable.CheckAction>>();
            var reports = new HashMap<String, List<RoutingTable.ReportAction>>();
            for (var rule : policy.rules()) {
                for (var action : rule.actions()) {
                    switch (action) {
                        case PolicyAction.Check(var handler, var instances) ->
                                list(checks, rule).add(check(rule, handler, instances));
                        case PolicyAction.BrokenCheck(var handler, var reason) ->
                                list(checks, rule)
                                        .add(
                                                new RoutingTable.CheckAction(
                                                        rule.key().namespacedName(),
                                                        rule.match(),
                                                        handler,
                                                        new RoutingTable.CheckStep.Refuse(reason)));
                        case PolicyAction.Report(var handler, var instances) ->
                                list(reports, rule).add(report(rule, handler, instances));
                    }
                }
            }
            var actions = new HashMap<String, RoutingTable.Actions>();
            policy.rules().stream()
                    .map(PolicyRule::namespace)
                    .distinct()
                    .forEach(namespace ->
                            actions.put(
                                    namespace,
                                    new RoutingTable.Actions(
                                            checks.getOrDefault(namespace, List.of()),
                                            reports.getOrDefault(namespace, List.of()))));
            var table = new RoutingTable(revision, policy.rootNamespace(), actions, readers.size());
            return new Built(
                    table,
                    List.copyOf(problems),
                    Set.copyOf(policy.handlers().values()),
                    () -> assemblies.values().forEach(HandlerFactory.Assembly::inForce));
        }

        private static <T> List<T> list(Map<String, List<T>> map, PolicyRule rule) {
            return map.computeIfAbsent(rule.namespace(), namespace -> new ArrayList<>());
        }

        @SuppressWarnings(
                "unchecked") // an assembly stands under the class of the settings it takes
        private Handler handler(PolicyHandler handler) {
            var assembly =
                    (HandlerFactory.Assembly<AdapterConfig>)
                            assemblies.get(handler.config().getClass());
            if (assembly == null) {
                throw new IllegalStateException(
                        "no adapter is listed for " + handler.config().getClass());
            }
            return assembly.handler(handler, handler.config(), problems::add);
        }

        private RoutingTable.CheckAction check(
                PolicyRule rule, PolicyHandler handler, List<PolicyInstance> instances) {
            var step =
                    switch (running(handler)) {
                        case Handler.Check checking ->
                                new RoutingTable.CheckStep.Ask(
                                        checking,
                                        instances.stream()
                                                .map(instance -> name(instance.key()))
                                                .toList(),
                                        meters(handler, instances));
                        case Handler.Report reporting ->
                                new RoutingTable.CheckStep.Refuse(
                                        "handler " + handler.fullName() + " answers no checks");
                    };
            return new RoutingTable.CheckAction(
                    rule.key().namespacedName(), rule.match(), handler.fullName(), step);
        }

        private Handler running(PolicyHandler handler) {
            var running = handlers.get(handler.key());
            if (running == null) {
                throw new IllegalStateException(
                        "rule names a handler that the table does not have: " + handler.key());
            }
            return running;
        }

        private RoutingTable.ReportAction report(
                PolicyRule rule, PolicyHandler handler, List<PolicyInstance> instances) {
            var measurements = new ArrayList<RoutingTable.Measurement>();
            if (running(handler) instanceof Handler.Report reporting) {
                for (var instance : instances) {
                    if (instance.fields() instanceof InstanceFields.Metric metric) {
                        for (var sink : reporting.sinks(name(instance.key()))) {
                            measurements.add(
                                    new RoutingTable.Measurement(
                                            name(instance.key()),
                                            metric.value(),
                                            reader(metric, sink),
                                            sink));
                        }
                    }
                }
            }
            return new RoutingTable.ReportAction(
                    rule.key().namespacedName(),
                    rule.match(),
                    handler.fullName(),
                    measurements,
                    meters(handler, instances));
        }

        /// A label that the instance has no dimension for is `unknown`.
        private DimensionReader reader(InstanceFields.Metric metric, Handler.Sink sink) {
            var expressions =
                    sink.dimensions().stream()
                            .map(dimension -> metric.dimensions().getOrDefault(dimension, UNKNOWN))
                            .toList();
            var texts = expressions.stream().map(Expression::text).toList();
            return readers.computeIfAbsent(
                    texts, key -> new DimensionReader(readers.size(), expressions));
        }

        private DispatchMeters.Destination meters(
                PolicyHandler handler, List<PolicyInstance> instances) {
            var template = instances.isEmpty() ? "none" : instances.getFirst().template().label();
            return meters.destination(template, handler.fullName(), handler.adapter().label());
        }
    }
}
