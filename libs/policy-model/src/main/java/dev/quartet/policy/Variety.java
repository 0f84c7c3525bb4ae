package dev.quartet.policy;

/// When instances of a template are made, and what their handler answers.
public enum Variety {
    /// Before the request: allow or deny.
    CHECK,
    /// After it: nothing.
    REPORT,
    /// Before it, once the checks have passed: an amount.
    QUOTA
}
