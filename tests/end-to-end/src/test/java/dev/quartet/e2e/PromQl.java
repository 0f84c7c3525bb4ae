package dev.quartet.e2e;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a query names: metrics, and Grafana's variables.
final class PromQl {
    private static final Pattern STRING = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*\"");

    /// What holds names of labels only, once there are no strings; and windows.
    private static final Pattern LABELS =
            Pattern.compile(
                    "\\{[^}]*}|\\[[^]]*]|\\b(?:by|without|on|ignoring|group_left|group_right)\\s*\\([^)]*\\)");

    private static final Pattern NAME =
            Pattern.compile("(?<![\\w:.])[a-zA-Z_:][\\w:]*\\b(?!\\s*\\()");
    private static final Set<String> WORDS = Set.of("and", "or", "unless", "bool", "offset");

    /// `$name`, `${name}`, `${name:format}`; `$1` is for label_replace.
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{?([a-zA-Z_]\\w*)");

    private PromQl() {}

    static Set<String> metrics(String query) {
        var bare = LABELS.matcher(STRING.matcher(query).replaceAll("")).replaceAll(" ");
        var names = new TreeSet<String>();
        NAME.matcher(bare).results().map(MatchResult::group).forEach(names::add);
        names.removeAll(WORDS);
        return names;
    }

    static Set<String> variables(String text) {
        var names = new TreeSet<String>();
        VARIABLE.matcher(text).results().map(name -> name.group(1)).forEach(names::add);
        return names;
    }

    /// @throws IllegalArgumentException for a variable without a value
    static String filled(String query, Map<String, String> values) {
        return VARIABLE.matcher(query)
                .replaceAll(name -> Matcher.quoteReplacement(value(name.group(1), values)));
    }

    private static String value(String name, Map<String, String> values) {
        var value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("there is no value for $" + name);
        }
        return value;
    }
}
