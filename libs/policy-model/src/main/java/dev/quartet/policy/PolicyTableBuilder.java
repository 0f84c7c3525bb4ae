package dev.quartet.policy;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Kind;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.mixer.Handler;
import dev.quartet.config.mixer.Instance;
import dev.quartet.config.mixer.Rule;
import dev.quartet.expressions.AttributeVocabulary;
import dev.quartet.expressions.Expression;
import dev.quartet.expressions.ExpressionException;
import dev.quartet.expressions.ValueType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Builds one [PolicyTable]: instances first, then handlers (whose metrics name instances), then rules. Used once.
///
/// A broken part falls out with a problem and the rest stays. Only what would have been a check does not fall out: it
/// becomes a [PolicyAction.BrokenCheck]. So a broken resource keeps what is known of its variety.
final class PolicyTableBuilder {
    private static final FieldPath PARAMS = FieldPath.SPEC.field("params");
    private static final String DENIES =
            "; until then the rule denies every request that it can match";

    /// A resource that is there but unusable.
    ///
    /// @param variety null when nothing tells what it would have been
    private record Broken(@Nullable Variety variety) {}

    /// What a reference leads to.
    private sealed interface Found<T> {
        record Good<T>(T value) implements Found<T> {}

        /// @param exists whether the resource is there, and broken
        record Bad<T>(boolean exists, @Nullable Variety variety) implements Found<T> {}
    }

    private final AttributeVocabulary vocabulary;
    private final String rootNamespace;
    private final List<Problem> problems = new ArrayList<>();
    private final TreeMap<ResourceKey, PolicyInstance> instances = new TreeMap<>();
    private final TreeMap<ResourceKey, PolicyHandler> handlers = new TreeMap<>();
    private final TreeMap<ResourceKey, PolicyRule> rules = new TreeMap<>();
    private final TreeMap<ResourceKey, Broken> broken = new TreeMap<>();

    PolicyTableBuilder(AttributeVocabulary vocabulary, String rootNamespace) {
        this.vocabulary = vocabulary;
        this.rootNamespace = rootNamespace;
    }

    PolicyTable build(Collection<? extends Resource<?>> resources) {
        var sorted = resources.stream().sorted(Comparator.comparing(Resource::key)).toList();
        for (var resource : sorted) {
            if (resource.spec() instanceof Instance instance) {
                addInstance(resource.key(), instance);
            }
        }
        for (var resource : sorted) {
            if (resource.spec() instanceof Handler handler) {
                addHandler(resource.key(), handler);
            }
        }
        for (var resource : sorted) {
            if (resource.spec() instanceof Rule rule) {
                addRule(resource.key(), rule);
            }
        }
        return new PolicyTable(rootNamespace, rules, handlers, instances, problems);
    }

    private void addInstance(ResourceKey key, Instance instance) {
        var label =
                instance.compiledTemplate() != null
                        ? instance.compiledTemplate()
                        : instance.template();
        if (label == null) {
            problem(
                    Reason.MISSING_FIELD,
                    key,
                    FieldPath.SPEC.field("compiledTemplate"),
                    "the instance has no template",
                    "write one of " + labels(EnumSet.allOf(Template.class)));
            broken.put(key, new Broken(null));
            return;
        }
        var template = Template.ofLabel(label);
        if (template.isEmpty()) {
            problem(
                    Reason.UNKNOWN_TEMPLATE,
                    key,
                    FieldPath.SPEC.field(
                            instance.compiledTemplate() != null ? "compiledTemplate" : "template"),
                    (Template.varietyOf(label) == null
                                    ? "there is no template "
                                    : "this version lacks the template ")
                            + label,
                    "use one of " + labels(EnumSet.allOf(Template.class)));
            broken.put(key, new Broken(Template.varietyOf(label)));
            return;
        }
        var faults = new ArrayList<Problem>();
        var fields = fields(template.get(), Params.of(key, PARAMS, instance.params(), faults));
        if (faults.isEmpty() && fields != null) {
            instances.put(key, new PolicyInstance(key, fields));
        } else {
            problems.addAll(faults);
            broken.put(key, new Broken(template.get().variety()));
        }
    }

    private @Nullable InstanceFields fields(Template template, Params params) {
        return switch (template) {
            case CHECK_NOTHING -> {
                params.close();
                yield new InstanceFields.CheckNothing();
            }
            case REPORT_NOTHING -> {
                params.close();
                yield new InstanceFields.ReportNothing();
            }
            case METRIC -> metric(params);
        };
    }

    private InstanceFields.@Nullable Metric metric(Params params) {
        if (!params.has("value")) {
            params.missing("value");
        }
        var value = params.expression("value", vocabulary);
        var dimensions = params.expressions("dimensions", vocabulary);
        var resourceType = params.expression("monitored_resource_type", vocabulary);
        var resourceDimensions = params.expressions("monitored_resource_dimensions", vocabulary);
        params.close();
        value.ifPresent(expression ->
                params.requireType(
                        "value",
                        expression,
                        Set.of(ValueType.INT64, ValueType.DOUBLE, ValueType.DURATION)));
        resourceType.ifPresent(expression ->
                params.requireType(
                        "monitored_resource_type", expression, Set.of(ValueType.STRING)));
        var scalars = EnumSet.complementOf(EnumSet.of(ValueType.STRING_MAP));
        dimensions.forEach((name, expression) ->
                params.requireEntryType("dimensions", name, expression, scalars));
        resourceDimensions.forEach((name, expression) ->
                params.requireEntryType(
                        "monitored_resource_dimensions", name, expression, scalars));
        return value.map(expression ->
                        new InstanceFields.Metric(
                                expression,
                                dimensions,
                                resourceType.orElse(null),
                                resourceDimensions))
                .orElse(null);
    }

    private void addHandler(ResourceKey key, Handler handler) {
        var label = handler.compiledAdapter();
        if (label == null) {
            if (handler.adapter() == null) {
                problem(
                        Reason.MISSING_FIELD,
                        key,
                        FieldPath.SPEC.field("compiledAdapter"),
                        "the handler has no adapter",
                        "write one of " + adapters());
            } else {
                problem(
                        Reason.UNKNOWN_ADAPTER,
                        key,
                        FieldPath.SPEC.field("adapter"),
                        "the adapter \""
                                + handler.adapter()
                                + "\" would run out of process, which is not supported yet",
                        "write a built-in one as compiledAdapter: " + adapters());
            }
            broken.put(key, new Broken(null));
            return;
        }
        var adapter = Adapter.ofLabel(label);
        if (adapter.isEmpty()) {
            problem(
                    Reason.UNKNOWN_ADAPTER,
                    key,
                    FieldPath.SPEC.field("compiledAdapter"),
                    (Adapter.varietyOf(label) == null
                                    ? "there is no adapter "
                                    : "this version lacks the adapter ")
                            + label,
                    "use one of " + adapters());
            broken.put(key, new Broken(Adapter.varietyOf(label)));
            return;
        }
        var faults = new ArrayList<Problem>();
        var params = Params.of(key, PARAMS, handler.params(), faults);
        var config = AdapterParams.read(adapter.get(), params, key.namespace(), this::canFeed);
        problems.addAll(faults);
        var mayLoseParts = config instanceof Prometheus;
        if (faults.isEmpty() || mayLoseParts) {
            handlers.put(key, new PolicyHandler(key, config));
        } else {
            broken.put(key, new Broken(Adapter.varietyOf(label)));
        }
    }

    /// Whether the metric's instance is there and has the metric's labels; notes a problem if not.
    private boolean canFeed(Prometheus.Metric metric, Params params) {
        return switch (instance(metric.instance())) {
            case Found.Bad<PolicyInstance>(var exists, _) -> {
                params.problem(
                        Reason.UNKNOWN_INSTANCE,
                        params.at("instance_name"),
                        (exists ? "the instance is broken: " : "there is no ") + metric.instance(),
                        "name an instance of the template metric");
                yield false;
            }
            case Found.Good<PolicyInstance>(PolicyInstance(_, InstanceFields.Metric fields)) -> {
                if (fields.dimensions().keySet().equals(Set.copyOf(metric.labelNames()))) {
                    yield true;
                }
                params.problem(
                        Reason.INVALID_VALUE,
                        params.at("label_names"),
                        "the labels are not the dimensions of "
                                + metric.instance()
                                + ": "
                                + difference(
                                        fields.dimensions().keySet(),
                                        Set.copyOf(metric.labelNames())),
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
        var missing = dimensions.stream().filter(name -> !labels.contains(name)).sorted().toList();
        var unknown = labels.stream().filter(name -> !dimensions.contains(name)).sorted().toList();
        return (missing.isEmpty() ? "" : "missing " + missing)
                + (missing.isEmpty() || unknown.isEmpty() ? "" : ", ")
                + (unknown.isEmpty() ? "" : "no dimension " + unknown);
    }

    private void addRule(ResourceKey key, Rule rule) {
        var actions = new ArrayList<PolicyAction>();
        if (rule.actions().isEmpty()
                && rule.requestHeaderOperations().isEmpty()
                && rule.responseHeaderOperations().isEmpty()) {
            problem(
                    Reason.MISSING_FIELD,
                    key,
                    FieldPath.SPEC.field("actions"),
                    "the rule does nothing",
                    "write an action with a handler and instances");
        }
        for (var i = 0; i < rule.actions().size(); i++) {
            addActions(
                    actions, key, rule.actions().get(i), FieldPath.SPEC.field("actions").index(i));
        }
        var match = rule.match() == null || rule.match().isBlank() ? null : rule.match();
        Expression condition = null;
        if (match != null) {
            try {
                condition = Expression.compile(match, vocabulary);
                if (condition.type() != ValueType.BOOL) {
                    condition = null;
                    breakMatch(
                            key,
                            actions,
                            "it is of type " + Expression.compile(match, vocabulary).type());
                }
            } catch (ExpressionException e) {
                breakMatch(key, actions, e.inLine());
            }
        }
        if (!actions.isEmpty()) {
            rules.put(key, new PolicyRule(key, condition, actions));
        }
    }

    /// Without a match a rule's reports fall out, and its checks deny wherever the rule applies.
    private void breakMatch(ResourceKey key, List<PolicyAction> actions, String fault) {
        var protects = actions.stream().anyMatch(PolicyAction::isCheck);
        problem(
                Reason.INVALID_EXPRESSION,
                key,
                FieldPath.SPEC.field("match"),
                "the match is no condition: " + fault,
                "write an expression that is true or false" + (protects ? DENIES : ""));
        actions.removeIf(action -> !action.isCheck());
        actions.replaceAll(action ->
                switch (action) {
                    case PolicyAction.Check(var handler, _) ->
                            new PolicyAction.BrokenCheck(
                                    handler.fullName(),
                                    "the match of " + key + " does not compile");
                    case PolicyAction.BrokenCheck _, PolicyAction.Report _ -> action;
                });
    }

    private void addActions(
            List<PolicyAction> actions, ResourceKey rule, Rule.Action action, FieldPath path) {
        var handlerKey = Reference.resolve(action.handler(), Kind.HANDLER, rule.namespace());
        var handler = handler(handlerKey);
        var handlerVariety =
                switch (handler) {
                    case Found.Good<PolicyHandler>(var good) ->
                            Adapter.varietyOf(good.adapter().label());
                    case Found.Bad<PolicyHandler>(_, var variety) -> variety;
                };
        var faults = new ArrayList<Problem>();
        String reason = null;
        var protects = false;
        if (handler instanceof Found.Bad<PolicyHandler>(var exists, _)) {
            reason = handlerKey + (exists ? " is broken" : " does not exist");
            faults.add(
                    fault(
                            Reason.UNKNOWN_HANDLER,
                            rule,
                            path.field("handler"),
                            reason,
                            exists
                                    ? "mend the handler"
                                    : "create the handler, or name one that exists"));
        }
        if (action.instances().isEmpty()) {
            reason = reason == null ? "an action of " + rule + " names no instance" : reason;
            protects = mayProtect(handlerVariety, null);
            faults.add(
                    fault(
                            Reason.MISSING_FIELD,
                            rule,
                            path.field("instances"),
                            "the action names no instance",
                            "name one or more"));
        }
        var usable = new ArrayList<PolicyInstance>();
        for (var i = 0; i < action.instances().size(); i++) {
            var at = path.field("instances").index(i);
            var instanceKey =
                    Reference.resolve(action.instances().get(i), Kind.INSTANCE, rule.namespace());
            switch (instance(instanceKey)) {
                case Found.Bad<PolicyInstance>(var exists, var variety) -> {
                    protects |= mayProtect(handlerVariety, variety);
                    var why = instanceKey + (exists ? " is broken" : " does not exist");
                    reason = reason == null ? why : reason;
                    faults.add(
                            fault(
                                    Reason.UNKNOWN_INSTANCE,
                                    rule,
                                    at,
                                    why,
                                    exists
                                            ? "mend the instance"
                                            : "create the instance, or name one that exists"));
                }
                case Found.Good<PolicyInstance>(var instance) -> {
                    if (!(handler instanceof Found.Good<PolicyHandler>(var good))) {
                        protects |= mayProtect(handlerVariety, instance.template().variety());
                    } else if (takes(good, instance)) {
                        usable.add(instance);
                    } else {
                        protects |= mayProtect(handlerVariety, instance.template().variety());
                        var why = mismatch(good, instance);
                        reason = reason == null ? why : reason;
                        faults.add(
                                fault(
                                        Reason.INSTANCE_HANDLER_MISMATCH,
                                        rule,
                                        at,
                                        why,
                                        good.config() instanceof Prometheus
                                                        && instance.template() == Template.METRIC
                                                ? "add a metric with this instance_name to the handler"
                                                : "use an instance of "
                                                        + labels(good.adapter().templates())
                                                        + ", or another handler"));
                    }
                }
            }
        }
        if (handler instanceof Found.Good<PolicyHandler>(var good) && !usable.isEmpty()) {
            switch (usable.getFirst().template().variety()) {
                case CHECK -> actions.add(new PolicyAction.Check(good, usable));
                case REPORT -> actions.add(new PolicyAction.Report(good, usable));
                case QUOTA -> throw new IllegalStateException("no template of quotas is built in");
            }
        }
        if (protects && reason != null) {
            actions.add(
                    new PolicyAction.BrokenCheck(
                            handlerKey.name() + "." + handlerKey.namespace(), reason));
        }
        for (var fault : faults) {
            problems.add(
                    protects
                            ? fault(
                                    fault.reason(),
                                    rule,
                                    fault.path(),
                                    fault.fault(),
                                    fault.fix() + DENIES)
                            : fault);
        }
    }

    private static boolean takes(PolicyHandler handler, PolicyInstance instance) {
        return switch (handler.config()) {
            case Denier _ -> handler.adapter().takes(instance.template());
            case Prometheus(var metrics, _) ->
                    metrics.stream().anyMatch(metric -> metric.instance().equals(instance.key()));
        };
    }

    private static String mismatch(PolicyHandler handler, PolicyInstance instance) {
        return handler.adapter().takes(instance.template())
                ? handler.key() + " has no metric that is fed by " + instance.key()
                : handler.key()
                        + " is a "
                        + handler.adapter().label()
                        + " and does not take the template "
                        + instance.template().label();
    }

    /// Whether a broken pair could have been a check. What nobody knows anything about could.
    private static boolean mayProtect(@Nullable Variety handler, @Nullable Variety instance) {
        return handler == Variety.CHECK
                || instance == Variety.CHECK
                || handler == null && instance == null;
    }

    private Found<PolicyHandler> handler(ResourceKey key) {
        return find(handlers, key);
    }

    private Found<PolicyInstance> instance(ResourceKey key) {
        return find(instances, key);
    }

    private <T> Found<T> find(Map<ResourceKey, T> good, ResourceKey key) {
        var value = good.get(key);
        if (value != null) {
            return new Found.Good<>(value);
        }
        var bad = broken.get(key);
        return new Found.Bad<>(bad != null, bad == null ? null : bad.variety());
    }

    private void problem(
            Reason reason, ResourceKey resource, FieldPath path, String fault, String fix) {
        problems.add(fault(reason, resource, path, fault, fix));
    }

    private static Problem fault(
            Reason reason, ResourceKey resource, FieldPath path, String fault, String fix) {
        return new Problem(reason, resource, null, path, fault, fix);
    }

    private static String labels(Set<Template> templates) {
        return templates.stream().map(Template::label).sorted().collect(Collectors.joining(", "));
    }

    private static String adapters() {
        return EnumSet.allOf(Adapter.class).stream()
                .map(Adapter::label)
                .collect(Collectors.joining(", "));
    }
}
