package dev.quartet.policy.authorization;

import java.util.Locale;

/// A host that a policy names, without its port.
///
/// @param port that the policy gives behind a colon; empty: none
public record HostName(TextPattern name, String port) {
    /// @param value in any case, with a port or without
    public static HostName of(String value) {
        var lower = value.toLowerCase(Locale.ROOT);
        int colon = lower.lastIndexOf(':');
        var hasPort = colon > 0 && lower.substring(colon + 1).matches("[0-9]+");
        var name = hasPort ? lower.substring(0, colon) : lower;
        return new HostName(
                TextPattern.of(
                        name.length() > 1 && name.endsWith(".")
                                ? name.substring(0, name.length() - 1)
                                : name),
                hasPort ? lower.substring(colon + 1) : "");
    }

    /// Letter case, a trailing dot and a port that the policy does not name never count. Widely also not what else an application may cut off: a port that is
    /// none, several dots, a user.
    ///
    /// @param authority as sent
    boolean matches(Reading reading, String authority) {
        var lower = authority.toLowerCase(Locale.ROOT);
        return switch (reading) {
            case NARROW -> isNamedBy(lower);
            case WIDE -> isMeantBy(lower);
        };
    }

    private boolean isNamedBy(String authority) {
        if (name instanceof TextPattern.Present || name instanceof TextPattern.Prefix) {
            return name.matches(authority);
        }
        var bare = authority.replaceFirst(":[0-9]+$", "");
        var rest = authority.substring(bare.length());
        return (port.isEmpty() || rest.equals(":" + port))
                && (name.matches(bare)
                        || bare.endsWith(".")
                                && name.matches(bare.substring(0, bare.length() - 1)));
    }

    private boolean isMeantBy(String authority) {
        for (int i = 0; i <= authority.length(); i++) {
            var begins = i == 0 || authority.charAt(i - 1) == '@';
            var rest = authority.substring(i);
            var meant =
                    switch (name) {
                        case TextPattern.Present() -> true;
                        case TextPattern.Exact(var text) ->
                                begins && rest.startsWith(text) && ends(rest, text);
                        case TextPattern.Prefix(var text) -> begins && rest.startsWith(text);
                        case TextPattern.Suffix(var text) ->
                                rest.startsWith(text) && ends(rest, text);
                    };
            if (meant) {
                return true;
            }
        }
        return false;
    }

    private static boolean ends(String rest, String text) {
        var behind = rest.substring(text.length()).replaceFirst("^\\.+", "");
        return behind.isEmpty() || behind.startsWith(":");
    }
}
