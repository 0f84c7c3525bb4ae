package dev.quartet.policy;

import java.util.List;

/// What a rule does when it matches: gives instances to a handler.
public sealed interface PolicyAction {
    /// Asks the handler; its verdict counts.
    record Check(PolicyHandler handler, List<PolicyInstance> instances) implements PolicyAction {
        public Check {
            instances = List.copyOf(instances);
        }
    }

    /// Tells the handler.
    record Report(PolicyHandler handler, List<PolicyInstance> instances) implements PolicyAction {
        public Report {
            instances = List.copyOf(instances);
        }
    }

    /// A check that cannot be made since its handler, an instance or the rule's match is broken. It denies: what
    /// protects fails closed. The table's problems say what to mend.
    ///
    /// @param handler `name.namespace` of the handler that was meant
    /// @param reason what is broken, in lower case; fit for the body of the refusal
    record BrokenCheck(String handler, String reason) implements PolicyAction {}

    /// Whether it decides over requests.
    default boolean isCheck() {
        return switch (this) {
            case Check _, BrokenCheck _ -> true;
            case Report _ -> false;
        };
    }
}
