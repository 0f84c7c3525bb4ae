package dev.quartet.policy;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Kind;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.check.Problems;
import dev.quartet.config.mixer.Rule;
import dev.quartet.policy.Registry.Found;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Builds one action of a rule: the pairs of handler and instance that can be used and, if a pair that cannot might have
/// been a check, a [PolicyAction.BrokenCheck]. One use; not thread-safe.
final class ActionBuilder {
    private final Registry registry;
    private final ResourceKey rule;
    private final Rule.Action action;
    private final FieldPath path;
    private final ResourceKey handlerKey;
    private final Found<PolicyHandler> handler;
    private final List<PolicyInstance> usable = new ArrayList<>();
    private final List<Fault> faults = new ArrayList<>();

    /// Whether anything that is broken could have been a check.
    private boolean protects;

    /// Told when it is known whether the rule denies for it.
    private record Fault(Reason reason, FieldPath path, String fault, String fix) {}

    ActionBuilder(Registry registry, ResourceKey rule, Rule.Action action, FieldPath path) {
        this.registry = registry;
        this.rule = rule;
        this.action = action;
        this.path = path;
        this.handlerKey = Reference.resolve(action.handler(), Kind.HANDLER, rule.namespace());
        this.handler = registry.handler(handlerKey);
    }

    List<PolicyAction> build(Problems problems) {
        if (handler instanceof Found.Bad<PolicyHandler>(var exists, _)) {
            faults.add(
                    new Fault(
                            Reason.UNKNOWN_HANDLER,
                            path.field("handler"),
                            handlerKey + (exists ? " is broken" : " does not exist"),
                            exists
                                    ? "mend the handler"
                                    : "create the handler, or name one that exists"));
        }
        if (action.instances().isEmpty()) {
            broken(
                    Reason.MISSING_FIELD,
                    path.field("instances"),
                    "an action of " + rule + " names no instance",
                    "name one or more",
                    null);
        }
        for (var i = 0; i < action.instances().size(); i++) {
            instance(
                    Reference.resolve(action.instances().get(i), Kind.INSTANCE, rule.namespace()),
                    path.field("instances").index(i));
        }
        for (var fault : faults) {
            problems.add(
                    fault.reason(),
                    fault.path(),
                    fault.fault(),
                    fault.fix() + (protects ? RuleBuilder.DENIES : ""));
        }
        return actions();
    }

    private void instance(ResourceKey key, FieldPath at) {
        switch (registry.instance(key)) {
            case Found.Bad<PolicyInstance>(var exists, var variety) ->
                    broken(
                            Reason.UNKNOWN_INSTANCE,
                            at,
                            key + (exists ? " is broken" : " does not exist"),
                            exists
                                    ? "mend the instance"
                                    : "create the instance, or name one that exists",
                            variety);
            case Found.Good<PolicyInstance>(var instance) -> {
                switch (handler) {
                    case Found.Bad<PolicyHandler> _ ->
                            protects |= mayProtect(instance.template().variety());
                    case Found.Good<PolicyHandler>(var good) -> {
                        if (registry.takes(good, instance)) {
                            usable.add(instance);
                        } else {
                            mismatch(good, instance, at);
                        }
                    }
                }
            }
        }
    }

    private void mismatch(PolicyHandler good, PolicyInstance instance, FieldPath at) {
        var lacksMetric = good.adapter().takes(instance.template());
        broken(
                Reason.INSTANCE_HANDLER_MISMATCH,
                at,
                lacksMetric
                        ? good.key() + " has no metric that is fed by " + instance.key()
                        : good.key()
                                + " is a "
                                + good.adapter().label()
                                + " and does not take the template "
                                + instance.template().label(),
                lacksMetric
                        ? "add a metric with this instance_name to the handler"
                        : "use an instance of "
                                + good.adapter().templateLabels()
                                + ", or another handler",
                instance.template().variety());
    }

    private void broken(
            Reason reason, FieldPath at, String fault, String fix, @Nullable Variety instance) {
        faults.add(new Fault(reason, at, fault, fix));
        protects |= mayProtect(instance);
    }

    /// Whether a broken pair could have been a check. What nobody knows anything about could.
    private boolean mayProtect(@Nullable Variety instance) {
        var handlerVariety =
                switch (handler) {
                    case Found.Good<PolicyHandler>(var good) ->
                            Adapter.varietyOf(good.adapter().label());
                    case Found.Bad<PolicyHandler>(_, var variety) -> variety;
                };
        return handlerVariety == Variety.CHECK
                || instance == Variety.CHECK
                || handlerVariety == null && instance == null;
    }

    private List<PolicyAction> actions() {
        var actions = new ArrayList<PolicyAction>();
        if (handler instanceof Found.Good<PolicyHandler>(var good) && !usable.isEmpty()) {
            actions.add(
                    switch (usable.getFirst().template().variety()) {
                        case CHECK -> new PolicyAction.Check(good, usable);
                        case REPORT -> new PolicyAction.Report(good, usable);
                        case QUOTA ->
                                throw new IllegalStateException(
                                        "no template of quotas is built in");
                    });
        }
        if (protects) {
            actions.add(
                    new PolicyAction.BrokenCheck(
                            handlerKey.name() + "." + handlerKey.namespace(),
                            faults.getFirst().fault()));
        }
        return actions;
    }
}
