package dev.quartet.config.networking;

/// How a text is compared. `{}` asks only that it be there.
public sealed interface StringMatch {
    record Exact(String exact) implements StringMatch {}

    record Prefix(String prefix) implements StringMatch {}

    /// @param regex RE2 syntax; the whole text must match
    record Regex(String regex) implements StringMatch {}

    record Present() implements StringMatch {}
}
