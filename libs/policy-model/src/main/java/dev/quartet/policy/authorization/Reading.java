package dev.quartet.policy.authorization;

import dev.quartet.config.security.AuthorizationPolicy.Action;

/// How a value is compared where a request can be spelt in several ways. Nothing in the spelling of a request gains access: what grants is
/// read narrowly, what refuses widely.
public enum Reading {
    /// A match helps to let the request pass: only the spelling that the policy has counts, and every value of a header must match.
    NARROW,

    /// A match helps to refuse it: any spelling that an application may take for the policy's counts, and one value of a header is enough.
    WIDE;

    /// @param negated whether a match makes the rule fail (`notPaths`, `notValues`)
    static Reading of(Action action, boolean negated) {
        return (action == Action.ALLOW) == negated ? WIDE : NARROW;
    }
}
