package dev.quartet.pilot.translate;

import dev.quartet.policy.authorization.HostName;
import dev.quartet.policy.authorization.Reading;
import dev.quartet.policy.authorization.TextPattern;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// Regular expressions of RE2 for what AuthorizationPolicies compare. The whole text must match. Where signs do not matter any byte does (`\C`): text that is no
/// UTF-8 shall escape nothing.
final class AccessPatterns {
    static final String ANYTHING = "\\C*";
    static final String ANYTHING_AT_ALL = "\\C+";

    private static final String BLANKS = "[ \\t]*";

    private AccessPatterns() {}

    /// Every sign for itself.
    static String literal(String text) {
        var regex = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            var sign = text.charAt(i);
            var plain =
                    sign >= 'a' && sign <= 'z'
                            || sign >= 'A' && sign <= 'Z'
                            || sign >= '0' && sign <= '9'
                            || sign == '_'
                            || sign >= 0x80;
            regex.append(plain ? "" : "\\").append(sign);
        }
        return regex.toString();
    }

    /// Inside a SPIFFE id.
    static String namespace(TextPattern pattern) {
        return switch (pattern) {
            case TextPattern.Present() -> "[^/]+";
            case TextPattern.Exact(var text) -> literal(text);
            case TextPattern.Prefix(var text) -> literal(text) + "[^/]*";
            case TextPattern.Suffix(var text) -> "[^/]*" + literal(text);
        };
    }

    /// As [HostName] is compared.
    static String host(String value, Reading reading) {
        var host = HostName.of(value);
        var before = reading == Reading.WIDE ? "(?:\\C*@)?" : "";
        var after =
                switch (reading) {
                    case WIDE -> "\\.*(?::\\C*)?";
                    case NARROW ->
                            "\\.?" + (host.port().isEmpty() ? "(?::[0-9]+)?" : ":" + host.port());
                };
        return "(?i)"
                + switch (host.name()) {
                    case TextPattern.Present() ->
                            reading == Reading.WIDE ? ANYTHING : ANYTHING_AT_ALL;
                    case TextPattern.Exact(var text) -> before + literal(text) + after;
                    case TextPattern.Prefix(var text) -> before + literal(text) + ANYTHING;
                    case TextPattern.Suffix(var text) -> ANYTHING + literal(text) + after;
                };
    }

    /// All values of a header, joined by commas. Widely, one value must match one of the patterns; narrowly, every one.
    ///
    /// @param patterns widely, none asks only that there be one
    static String header(List<TextPattern> patterns, Reading reading) {
        return switch (reading) {
            case WIDE ->
                    patterns.stream()
                            .map(AccessPatterns::oneValue)
                            .collect(Collectors.joining("|"));
            case NARROW -> everyValue(patterns);
        };
    }

    private static String oneValue(TextPattern pattern) {
        var first = "(?:\\C*,)?" + BLANKS;
        var last = BLANKS + "(?:,\\C*)?";
        return switch (pattern) {
            case TextPattern.Present() -> ANYTHING;
            case TextPattern.Exact(var text) -> first + literal(text) + last;
            case TextPattern.Prefix(var text) -> first + literal(text) + ANYTHING;
            case TextPattern.Suffix(var text) -> ANYTHING + literal(text) + last;
        };
    }

    private static String everyValue(List<TextPattern> patterns) {
        var whole = new ArrayList<String>();
        var values = new ArrayList<String>();
        for (var pattern : patterns) {
            switch (pattern) {
                case TextPattern.Present() -> whole.add(ANYTHING_AT_ALL);
                case TextPattern.Exact(var text) ->
                        (text.contains(",") ? whole : values).add(literal(text));
                case TextPattern.Prefix(var text) -> values.add(literal(text) + "[^,]*");
                case TextPattern.Suffix(var text) -> values.add("[^,]*" + literal(text));
            }
        }
        if (!values.isEmpty()) {
            var value = BLANKS + "(?:" + String.join("|", values) + ")" + BLANKS;
            whole.add(value + "(?:," + value + ")*");
        }
        return String.join("|", whole);
    }
}
