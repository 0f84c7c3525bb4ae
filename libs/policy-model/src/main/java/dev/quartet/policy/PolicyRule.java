package dev.quartet.policy;

import dev.quartet.config.ResourceKey;
import dev.quartet.expressions.Attributes;
import dev.quartet.expressions.Expression;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A rule that is ready to run.
///
/// @param match null: always. A match that does not compile is null too, and every check of the rule is then a
///     [PolicyAction.BrokenCheck]
public record PolicyRule(ResourceKey key, @Nullable Expression match, List<PolicyAction> actions) {
    public PolicyRule {
        actions = List.copyOf(actions);
    }

    public String namespace() {
        return key.namespace();
    }

    /// Whether it decides over requests.
    public boolean hasChecks() {
        return actions.stream().anyMatch(PolicyAction::isCheck);
    }

    /// Whether the match holds; one that cannot be evaluated does not. Says nothing of the rule's scope: take the rules
    /// from [PolicyTable#rulesFor(Attributes)].
    public boolean matches(Attributes attributes) {
        return match == null || match.holds(attributes);
    }
}
