package dev.quartet.policy.authorization;

/// What a value of a policy asks of a text.
public sealed interface TextPattern {
    /// `*`: that there be one.
    record Present() implements TextPattern {}

    record Exact(String text) implements TextPattern {}

    /// `text*`.
    record Prefix(String text) implements TextPattern {}

    /// `*text`.
    record Suffix(String text) implements TextPattern {}

    static TextPattern of(String value) {
        if (value.equals("*")) {
            return new Present();
        }
        if (value.startsWith("*")) {
            return new Suffix(value.substring(1));
        }
        return value.endsWith("*")
                ? new Prefix(value.substring(0, value.length() - 1))
                : new Exact(value);
    }

    /// Sign by sign; an empty text is none.
    default boolean matches(String text) {
        return switch (this) {
            case Present() -> !text.isEmpty();
            case Exact(var wanted) -> text.equals(wanted);
            case Prefix(var wanted) -> text.startsWith(wanted);
            case Suffix(var wanted) -> text.endsWith(wanted);
        };
    }
}
