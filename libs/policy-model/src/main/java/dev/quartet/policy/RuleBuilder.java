package dev.quartet.policy;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.check.Problems;
import dev.quartet.config.mixer.Rule;
import dev.quartet.expressions.AttributeVocabulary;
import dev.quartet.expressions.Expression;
import dev.quartet.expressions.ExpressionException;
import dev.quartet.expressions.ValueType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Builds a rule of handlers and instances that are built. One use; not thread-safe.
final class RuleBuilder {
    static final String DENIES = "; until then the rule denies every request that it can match";

    private final Registry registry;
    private final AttributeVocabulary vocabulary;
    private final ResourceKey key;
    private final Rule rule;
    private final Problems problems;

    RuleBuilder(
            Registry registry,
            AttributeVocabulary vocabulary,
            ResourceKey key,
            Rule rule,
            Problems problems) {
        this.registry = registry;
        this.vocabulary = vocabulary;
        this.key = key;
        this.rule = rule;
        this.problems = problems;
    }

    /// Null when nothing is left of it.
    @Nullable PolicyRule build() {
        if (rule.actions().isEmpty()
                && rule.requestHeaderOperations().isEmpty()
                && rule.responseHeaderOperations().isEmpty()) {
            problems.missing(
                    FieldPath.SPEC.field("actions"),
                    "the rule does nothing",
                    "write an action with a handler and instances");
        }
        var actions = new ArrayList<PolicyAction>();
        for (var i = 0; i < rule.actions().size(); i++) {
            var path = FieldPath.SPEC.field("actions").index(i);
            actions.addAll(
                    new ActionBuilder(registry, key, rule.actions().get(i), path).build(problems));
        }
        var match = rule.match() == null || rule.match().isBlank() ? null : rule.match();
        var condition = match == null ? null : condition(match, actions);
        return actions.isEmpty() ? null : new PolicyRule(key, condition, actions);
    }

    private @Nullable Expression condition(String match, List<PolicyAction> actions) {
        try {
            var condition = Expression.compile(match, vocabulary);
            if (condition.type() == ValueType.BOOL) {
                return condition;
            }
            breakMatch(actions, "it is of type " + condition.type());
        } catch (ExpressionException e) {
            breakMatch(actions, e.inLine());
        }
        return null;
    }

    /// Without a match a rule's reports fall out, and its checks deny wherever the rule applies.
    private void breakMatch(List<PolicyAction> actions, String fault) {
        actions.removeIf(action -> !action.isCheck());
        problems.add(
                Reason.INVALID_EXPRESSION,
                FieldPath.SPEC.field("match"),
                "the match is no condition: " + fault,
                "write an expression that is true or false" + (actions.isEmpty() ? "" : DENIES));
        actions.replaceAll(action ->
                switch (action) {
                    case PolicyAction.Check(var handler, _) ->
                            new PolicyAction.BrokenCheck(
                                    handler.fullName(),
                                    "the match of " + key + " does not compile");
                    case PolicyAction.BrokenCheck _, PolicyAction.Report _ -> action;
                });
    }
}
