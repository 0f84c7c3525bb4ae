package dev.quartet.config.schema;

import java.util.Collection;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The forms of names that Kubernetes and DNS allow (RFC 1123; Kubernetes `apimachinery/pkg/util/validation`).
public final class Names {
    private static final Pattern DNS_LABEL =
            Pattern.compile("[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?");
    private static final Pattern OBJECT_NAME =
            Pattern.compile(
                    "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*");
    private static final int MOST_OF_OBJECT_NAME = 253;
    private static final Pattern LABEL_VALUE =
            Pattern.compile("(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?");
    private static final Pattern HEADER_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}");

    private static final int MOST_LISTED = 10;

    private Names() {}

    public static boolean isDnsLabel(String text) {
        return DNS_LABEL.matcher(text).matches();
    }

    /// Dots between DNS labels, up to 253 signs.
    public static boolean isDnsName(String text) {
        if (text.isEmpty() || text.length() > 253) {
            return false;
        }
        for (var label : text.split("\\.", -1)) {
            if (!isDnsLabel(label)) {
                return false;
            }
        }
        return true;
    }

    /// What Kubernetes takes for an object's name: like a DNS name, but a part of it may be longer than a DNS label.
    public static boolean isObjectName(String text) {
        return text.length() <= MOST_OF_OBJECT_NAME && OBJECT_NAME.matcher(text).matches();
    }

    public static boolean isLabelValue(String text) {
        return LABEL_VALUE.matcher(text).matches();
    }

    /// `app`, `app.kubernetes.io/name`.
    public static boolean isLabelKey(String text) {
        int slash = text.indexOf('/');
        var name = text.substring(slash + 1);
        return !name.isEmpty()
                && isLabelValue(name)
                && (slash < 0 || isDnsName(text.substring(0, slash)));
    }

    /// A token of RFC 9110, 5.6.2.
    public static boolean isHeaderName(String text) {
        return HEADER_NAME.matcher(text).matches();
    }

    /// `per_try_timeout` as JSON has it: `perTryTimeout` (proto3 JSON mapping). What is not in snake case stays as it is.
    public static String camelCase(String name) {
        var camel = new StringBuilder(name.length());
        for (int i = 0; i < name.length(); i++) {
            var c = name.charAt(i);
            var between = i > 0 && i + 1 < name.length();
            if (c == '_' && between && isSnakeWord(name.charAt(i + 1))) {
                camel.append(Character.toUpperCase(name.charAt(++i)));
            } else if (isSnakeWord(c)) {
                camel.append(c);
            } else {
                return name;
            }
        }
        return camel.toString();
    }

    private static boolean isSnakeWord(char c) {
        return c >= 'a' && c <= 'z' || c >= '0' && c <= '9';
    }

    /// `text` in quotes for a message: cut when long, and printable.
    public static String quoted(String text) {
        return '"' + printable(text, 100) + '"';
    }

    /// `text` for a message: cut when long, and without signs that would move a terminal's cursor.
    public static String printable(String text, int mostSigns) {
        if (text.length() <= mostSigns && text.codePoints().allMatch(Names::isPrintable)) {
            return text;
        }
        var shown = new StringBuilder();
        text.codePoints()
                .limit(mostSigns)
                .map(c -> isPrintable(c) ? c : '?')
                .forEach(shown::appendCodePoint);
        return shown.append(text.length() > mostSigns ? "…" : "").toString();
    }

    private static boolean isPrintable(int codePoint) {
        return !Character.isISOControl(codePoint)
                && Character.getType(codePoint) != Character.FORMAT
                && !isSurrogate(codePoint);
    }

    /// Names for a message, the first ten of them.
    public static String listed(Collection<?> names) {
        var shown = names.stream().limit(MOST_LISTED).map(String::valueOf);
        var more = names.size() - MOST_LISTED;
        return shown.collect(Collectors.joining(", ")) + (more > 0 ? " (" + more + " more)" : "");
    }

    private static boolean isSurrogate(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }
}
