package dev.quartet.expressions;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.net.InetAddress;
import java.net.URISyntaxException;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What the functions of the language do. After Istio 1.4, `mixer/pkg/lang/externs.go`.
final class Functions {
    /// A function of texts alone. The receiver of a method is the first of them.
    sealed interface OfTexts {
        String name();

        boolean isMethod();

        ValueType result();

        record One(String name, ValueType result, Operation.OfOne operation) implements OfTexts {
            @Override
            public boolean isMethod() {
                return false;
            }
        }

        record Two(String name, boolean isMethod, Operation.OfTwo operation) implements OfTexts {
            @Override
            public ValueType result() {
                return ValueType.BOOL;
            }
        }
    }

    /// The checker knows the others itself.
    private static final Map<String, OfTexts> OF_TEXTS =
            Stream.of(
                            new OfTexts.Two("match", false, Functions::match),
                            new OfTexts.Two("matches", true, Functions::matches),
                            new OfTexts.Two("startsWith", true, Functions::startsWith),
                            new OfTexts.Two("endsWith", true, Functions::endsWith),
                            new OfTexts.One("toLower", ValueType.STRING, Functions::toLower),
                            new OfTexts.One("email", ValueType.EMAIL_ADDRESS, Functions::email),
                            new OfTexts.One("dnsName", ValueType.DNS_NAME, Functions::dnsName),
                            new OfTexts.One("uri", ValueType.URI, Functions::uri),
                            new OfTexts.One("ip", ValueType.IP_ADDRESS, Functions::ip),
                            new OfTexts.One("timestamp", ValueType.TIMESTAMP, Functions::timestamp))
                    .collect(Collectors.toUnmodifiableMap(OfTexts::name, Function.identity()));

    private Functions() {}

    static @Nullable OfTexts ofTexts(String name) {
        return OF_TEXTS.get(name);
    }

    /// All names, sorted, for messages.
    static Set<String> names() {
        var names =
                new TreeSet<>(
                        List.of("conditional", "conditionalString", "emptyStringMap", "size"));
        names.addAll(OF_TEXTS.keySet());
        return names;
    }

    /// A `*` at the end of the pattern stands for any rest, else one at its start for any beginning.
    static Object match(Object text, Object pattern) {
        var subject = (String) text;
        var wanted = (String) pattern;
        if (wanted.endsWith("*")) {
            return subject.regionMatches(0, wanted, 0, wanted.length() - 1);
        }
        if (wanted.startsWith("*")) {
            var length = wanted.length() - 1;
            return subject.regionMatches(subject.length() - length, wanted, 1, length);
        }
        return subject.equals(wanted);
    }

    static Object matches(Object pattern, Object text) {
        try {
            return find(Regexes.compile((String) pattern), text);
        } catch (PatternSyntaxException e) {
            return failure("the pattern is no regular expression of RE2: " + Regexes.fault(e));
        }
    }

    static Object find(Pattern pattern, Object text) {
        return pattern.matcher((String) text).find();
    }

    static Object startsWith(Object text, Object prefix) {
        return ((String) text).startsWith((String) prefix);
    }

    static Object endsWith(Object text, Object suffix) {
        return ((String) text).endsWith((String) suffix);
    }

    static Object toLower(Object text) {
        return ((String) text).toLowerCase(Locale.ROOT);
    }

    /// In characters (Unicode code points), or entries.
    static Object size(Object value) {
        return value instanceof String text
                ? (long) text.codePointCount(0, text.length())
                : (long) ((Map<?, ?>) value).size();
    }

    static Object email(Object value) {
        var text = (String) value;
        var at = text.lastIndexOf('@');
        return at > 0
                        && at <= 64
                        && isLocalPart(text.substring(0, at))
                        && isDnsName(text.substring(at + 1))
                ? text
                : failure(shown(text) + " is no e-mail address; write local@domain");
    }

    static Object dnsName(Object value) {
        var text = (String) value;
        return isDnsName(text) ? text : failure(shown(text) + " is no DNS name");
    }

    static Object uri(Object value) {
        var text = (String) value;
        try {
            return text.isEmpty() ? failure("\"\" is no URI") : new java.net.URI(text).toString();
        } catch (URISyntaxException e) {
            return failure(shown(text) + " is no URI");
        }
    }

    /// Never asks DNS.
    static Object ip(Object value) {
        var text = (String) value;
        try {
            return isAddress(text)
                    ? InetAddress.ofLiteral(text)
                    : failure(shown(text) + " is no IP address");
        } catch (IllegalArgumentException e) {
            return failure(shown(text) + " is no IP address");
        }
    }

    static Object timestamp(Object value) {
        var text = (String) value;
        try {
            return text.length() < "2006-01-02T15:04:05Z".length()
                    ? failure(notATime(text))
                    : OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException e) {
            return failure(notATime(text));
        }
    }

    private static String notATime(String text) {
        return shown(text) + " is no time; write RFC 3339, for example \"2006-01-02T15:04:05Z\"";
    }

    private static boolean isAddress(String text) {
        if (text.length() > 45 || text.indexOf('%') >= 0) {
            return false;
        }
        if (text.indexOf(':') >= 0) {
            return true;
        }
        var parts = text.split("\\.", -1);
        for (var part : parts) {
            if (part.isEmpty()
                    || part.length() > 3
                    || part.length() > 1 && part.charAt(0) == '0'
                    || !part.chars().allMatch(sign -> sign >= '0' && sign <= '9')) {
                return false;
            }
        }
        return parts.length == 4;
    }

    private static boolean isLocalPart(String text) {
        var last = '.';
        for (var sign : text.toCharArray()) {
            var letter =
                    Character.isLetterOrDigit(sign) || "!#$%&'*+-/=?^_`{|}~".indexOf(sign) >= 0;
            if (!letter && (sign != '.' || last == '.')) {
                return false;
            }
            last = sign;
        }
        return last != '.';
    }

    private static boolean isDnsName(String text) {
        var name = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
        if (name.isEmpty() || name.length() > 253) {
            return false;
        }
        for (var label : name.split("\\.", -1)) {
            if (label.isEmpty()
                    || label.length() > 63
                    || label.startsWith("-")
                    || label.endsWith("-")) {
                return false;
            }
            if (!label.chars()
                    .allMatch(sign ->
                            Character.isLetterOrDigit(sign) || sign == '-' || sign == '_')) {
                return false;
            }
        }
        return true;
    }

    private static String shown(String text) {
        return Literals.render(
                ValueType.STRING, text.length() > 60 ? text.substring(0, 60) + "…" : text);
    }

    private static Signal failure(String message) {
        return new Signal(message, 0);
    }
}
