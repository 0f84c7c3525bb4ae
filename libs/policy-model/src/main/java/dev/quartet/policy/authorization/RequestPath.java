package dev.quartet.policy.authorization;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Optional;
import java.util.regex.Pattern;

/// The one spelling of a path by which policies are decided and which the application gets. By RFC 3986, 6.2.2 and 3.3: escaped slashes and backslashes
/// are slashes, escaped unreserved signs are themselves, other signs that a path cannot have are escaped, dot segments are resolved, and repeated slashes
/// are one. The query is no part of it. A path with a fragment, an escaped NUL, an escape that is none, or a dot segment with parameters (`..;x`), which
/// some servers resolve and others don't, is refused.
public final class RequestPath {
    /// A percent sign that begins no escape, or a dot segment with parameters.
    private static final Pattern NOT_ONE_PATH = Pattern.compile("%(?![0-9A-Fa-f]{2})|/\\.\\.?;");

    private static final String PARAMETERS = "(?:;[^/]*)?";

    private RequestPath() {}

    /// @param sent as it was sent, with its query
    /// @return empty: it is refused
    public static Optional<String> normalized(String sent) {
        if (!sent.startsWith("/") || !sent.chars().allMatch(sign -> sign > ' ' && sign < 0x7f)) {
            return Optional.empty();
        }
        int query = sent.indexOf('?');
        var path = query < 0 ? sent : sent.substring(0, query);
        if (sent.indexOf('#') >= 0 || path.contains("%00")) {
            return Optional.empty();
        }
        var slashes = path.replaceAll("%2[Ff]", "/").replaceAll("%5[Cc]|\\\\", "/");
        var escaped = escaped(slashes.replaceAll("/(\\.\\.?);[^/]*", "/$1"));
        var merged = withoutDots(escaped).replaceAll("/+", "/");
        return NOT_ONE_PATH.matcher(merged).find() ? Optional.empty() : Optional.of(merged);
    }

    private static String escaped(String path) {
        var text = new StringBuilder();
        for (int i = 0; i < path.length(); i++) {
            var sign = path.charAt(i);
            if (sign != '%') {
                text.append(isPassed(sign) ? String.valueOf(sign) : "%%%02X".formatted((int) sign));
            } else if (!isEscape(path, i)) {
                text.append('%');
            } else {
                int meant = Integer.parseInt(path, i + 1, i + 3, 16);
                text.append(
                        isUnreserved(meant)
                                ? String.valueOf((char) meant)
                                : path.substring(i, i + 3));
                i += 2;
                if (isUnreserved(meant) && isEscape(text, text.length() - 3)) {
                    text.insert(text.length() - 2, "25"); // what was no escape does not become one
                }
            }
        }
        return text.toString();
    }

    private static boolean isEscape(CharSequence text, int at) {
        return at >= 0
                && at + 2 < text.length()
                && text.charAt(at) == '%'
                && Character.digit(text.charAt(at + 1), 16) >= 0
                && Character.digit(text.charAt(at + 2), 16) >= 0;
    }

    /// RFC 3986, 2.3.
    static boolean isUnreserved(int sign) {
        return sign >= 'a' && sign <= 'z'
                || sign >= 'A' && sign <= 'Z'
                || sign >= '0' && sign <= '9'
                || "-._~".indexOf(sign) >= 0;
    }

    private static boolean isPassed(int sign) {
        return sign > ' ' && sign < 0x7f && "\"<>`{|}^".indexOf(sign) < 0;
    }

    private static String withoutDots(String path) {
        var left = new ArrayList<String>();
        var segments = path.substring(1).split("/", -1);
        for (int i = 0; i < segments.length; i++) {
            var last = i == segments.length - 1;
            switch (segments[i]) {
                case "." -> {
                    if (last) {
                        left.add("");
                    }
                }
                case ".." -> {
                    if (!left.isEmpty()) {
                        left.removeLast();
                    }
                    if (last) {
                        left.add("");
                    }
                }
                default -> left.add(segments[i]);
            }
        }
        return "/" + String.join("/", left);
    }

    /// Whether the path is what the pattern names. Narrowly sign by sign, and by its end only without parameters (`;x`), which some servers take off; widely
    /// by [#widely].
    static boolean matches(TextPattern pattern, Reading reading, String path) {
        return switch (reading) {
            case NARROW ->
                    pattern.matches(path)
                            && !(pattern instanceof TextPattern.Suffix && path.indexOf(';') >= 0);
            case WIDE -> Pattern.matches(widely(pattern), path);
        };
    }

    /// A regular expression, of RE2 as of Java, for all normalised paths that an application may take for what the pattern names: letter case, escapes of single
    /// signs and parameters of segments do not count.
    public static String widely(TextPattern pattern) {
        return "(?i)"
                + switch (pattern) {
                    case TextPattern.Present() -> ".*";
                    case TextPattern.Exact(var text) -> signs(text) + PARAMETERS;
                    case TextPattern.Prefix(var text) -> signs(text) + ".*";
                    case TextPattern.Suffix(var text) -> ".*" + signs(text) + PARAMETERS;
                };
    }

    private static String signs(String text) {
        var regex = new StringBuilder();
        var bytes = text.replaceAll(";[^/]*", "").getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            int sign = bytes[i] & 0xff;
            if (sign == '%'
                    && i + 2 < bytes.length
                    && Character.digit(bytes[i + 1], 16) >= 0
                    && Character.digit(bytes[i + 2], 16) >= 0) {
                sign = Character.digit(bytes[i + 1], 16) << 4 | Character.digit(bytes[i + 2], 16);
                i += 2;
                if (sign >= 0x80) {
                    regex.append("%%%02X".formatted(sign));
                    continue;
                }
            }
            if (sign == '/') {
                regex.append(i == 0 ? "/" : PARAMETERS + "/");
            } else if (sign >= 'a' && sign <= 'z'
                    || sign >= 'A' && sign <= 'Z'
                    || sign >= '0' && sign <= '9'
                    || sign == '_'
                    || sign == '~') {
                regex.append((char) sign);
            } else if (isUnreserved(sign)) {
                regex.append('\\').append((char) sign);
            } else if (isPassed(sign)) {
                regex.append("(?:\\%c|%%%02X)".formatted((char) sign, sign));
            } else {
                for (var octet : Character.toString(sign).getBytes(StandardCharsets.UTF_8)) {
                    regex.append("%%%02X".formatted(octet & 0xff));
                }
            }
        }
        return regex.toString();
    }
}
