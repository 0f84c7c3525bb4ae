package dev.quartet.citadel.authenticate;

/// The outcome of looking at a call's credentials.
sealed interface Authentication {

    record Proved(Caller caller) implements Authentication {}

    /// @param reason one word from a fixed list, for log and metric
    record Failed(String reason, String detail) implements Authentication {}
}
