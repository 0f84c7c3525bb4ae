package dev.quartet.policy.authorization;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// All values of a header in one text, as a proxy joins them: a header sent twice is the same as a list with commas (RFC 9110, 5.3).
final class HeaderValues {
    private HeaderValues() {}

    /// Widely, one value that a pattern matches is enough. Narrowly every one must match one of the patterns, and be there.
    static boolean match(List<TextPattern> patterns, Reading reading, List<String> values) {
        if (values.isEmpty()) {
            return false;
        }
        var joined = String.join(",", values);
        return switch (reading) {
            case WIDE -> patterns.stream().anyMatch(pattern -> any(pattern, joined));
            case NARROW ->
                    patterns.stream().anyMatch(pattern -> isWhole(pattern, joined))
                            || elements(joined).stream()
                                    .allMatch(element ->
                                            patterns.stream().anyMatch(it -> one(it, element)));
        };
    }

    private static List<String> elements(String joined) {
        return Arrays.stream(joined.split(",", -1)).map(HeaderValues::stripped).toList();
    }

    private static boolean isWhole(TextPattern pattern, String joined) {
        return switch (pattern) {
            case TextPattern.Present() -> !joined.isEmpty();
            case TextPattern.Exact(var text) -> stripped(joined).equals(text);
            case TextPattern.Prefix _, TextPattern.Suffix _ -> false;
        };
    }

    private static boolean one(TextPattern pattern, String element) {
        return !(pattern instanceof TextPattern.Present) && pattern.matches(element);
    }

    private static boolean any(TextPattern pattern, String joined) {
        return switch (pattern) {
            case TextPattern.Present() -> true;
            case TextPattern.Exact(var text) ->
                    starts(joined, text)
                            .anyMatch(rest -> {
                                var left = stripped(rest);
                                return left.isEmpty() || left.startsWith(",");
                            });
            case TextPattern.Prefix(var text) -> starts(joined, text).findAny().isPresent();
            case TextPattern.Suffix(var text) -> hasEnd(joined, text);
        };
    }

    /// What follows the text wherever an element begins with it.
    private static Stream<String> starts(String joined, String text) {
        return IntStream.range(0, joined.length() + 1)
                .filter(i -> i == 0 || joined.charAt(i - 1) == ',')
                .mapToObj(i -> strippedStart(joined.substring(i)))
                .filter(rest -> rest.startsWith(text))
                .map(rest -> rest.substring(text.length()));
    }

    private static boolean hasEnd(String joined, String text) {
        for (int i = 0; i <= joined.length(); i++) {
            if ((i == joined.length() || joined.charAt(i) == ',')
                    && strippedEnd(joined.substring(0, i)).endsWith(text)) {
                return true;
            }
        }
        return false;
    }

    private static String stripped(String text) {
        return strippedStart(strippedEnd(text));
    }

    private static String strippedStart(String text) {
        int from = 0;
        while (from < text.length() && isBlank(text.charAt(from))) {
            from++;
        }
        return text.substring(from);
    }

    private static String strippedEnd(String text) {
        int to = text.length();
        while (to > 0 && isBlank(text.charAt(to - 1))) {
            to--;
        }
        return text.substring(0, to);
    }

    /// RFC 9110, 5.6.3: optional whitespace.
    private static boolean isBlank(char sign) {
        return sign == ' ' || sign == '\t';
    }
}
