package dev.quartet.citadel.authenticate;

/// The outcome of looking at a call's credentials.
public sealed interface Authentication {

    record Proved(Caller caller) implements Authentication {}

    /// The credentials prove nothing.
    ///
    /// @param reason one word from a fixed list, for log and metric
    record Failed(String reason, String detail) implements Authentication {}

    /// Nobody can say now; the caller is not let in, and may come again.
    ///
    /// @param reason one word from a fixed list, for log and metric
    record Unavailable(String reason, String detail) implements Authentication {}
}
