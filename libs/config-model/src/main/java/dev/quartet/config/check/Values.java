package dev.quartet.config.check;

import static dev.quartet.config.schema.Names.quoted;

import com.google.re2j.PatternSyntaxException;
import dev.quartet.config.FieldPath;
import dev.quartet.config.networking.LabelSelector;
import dev.quartet.config.networking.StringMatch;
import dev.quartet.config.networking.WorkloadSelector;
import dev.quartet.config.schema.Durations;
import dev.quartet.config.schema.Names;
import dev.quartet.expressions.Regexes;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Rules about single values that several kinds share. Each is silent about a value that was left out.
public final class Values {
    private static final Duration SHORTEST = Duration.ofMillis(1);

    private static final Pattern NUMBER = Pattern.compile("[0-9]+");
    private static final double SMALLEST_PERCENT = 0.0001;

    private static final Pattern SERVER =
            Pattern.compile("(\\[[0-9a-fA-F:.]+]|[A-Za-z0-9._-]+):([0-9]{1,5})");

    private Values() {}

    public static void port(Problems problems, FieldPath path, @Nullable Integer port) {
        if (port != null && (port < 1 || port > 65535)) {
            problems.invalid(path, port + " is no port", "write a number from 1 to 65535");
        }
    }

    public static void percent(Problems problems, FieldPath path, @Nullable Number percent) {
        if (percent != null && !(percent.doubleValue() >= 0 && percent.doubleValue() <= 100)) {
            problems.invalid(path, percent + " is no percentage", "write a number from 0 to 100");
        }
    }

    /// A share of requests. Envoy counts in millionths (Istio 1.4 `validatePercentage`).
    public static void fraction(Problems problems, FieldPath path, @Nullable Double percent) {
        percent(problems, path, percent);
        if (percent != null && percent > 0 && percent < SMALLEST_PERCENT) {
            problems.invalid(
                    path, percent + " is less than Envoy can count", "write 0, or 0.0001 or more");
        }
    }

    public static void notNegative(Problems problems, FieldPath path, @Nullable Number number) {
        if (number != null && number.doubleValue() < 0) {
            problems.invalid(path, number + " is below zero", "write 0 or more");
        }
    }

    /// At least a millisecond, and whole ones (Istio 1.4 `ValidateDuration`).
    public static void duration(Problems problems, FieldPath path, @Nullable Duration duration) {
        if (duration == null) {
            return;
        }
        if (duration.compareTo(SHORTEST) < 0) {
            problems.invalid(
                    path, Durations.format(duration) + " is shorter than 1ms", "write 1ms or more");
        } else if (duration.getNano() % 1_000_000 != 0) {
            problems.invalid(
                    path,
                    Durations.format(duration) + " is finer than a millisecond",
                    "write whole milliseconds");
        }
    }

    /// A duration where zero has a meaning of its own: none.
    public static void durationOrZero(
            Problems problems, FieldPath path, @Nullable Duration duration) {
        if (duration != null && !duration.isZero()) {
            duration(problems, path, duration);
        }
    }

    /// `host:port`, the host a name or an IP address.
    public static void server(Problems problems, FieldPath path, @Nullable String address) {
        if (address == null || address.isEmpty()) {
            return;
        }
        var matcher = SERVER.matcher(address);
        if (!matcher.matches()
                || Integer.parseInt(matcher.group(2)) < 1
                || Integer.parseInt(matcher.group(2)) > 65535) {
            problems.invalid(
                    path, quoted(address) + " is no address of a server", "write host:port");
        }
    }

    public static void dnsLabel(Problems problems, FieldPath path, @Nullable String text) {
        if (text != null && !Names.isDnsLabel(text)) {
            problems.invalid(
                    path,
                    quoted(text) + " is no DNS label",
                    "use lower-case letters, digits and -, up to 63 of them");
        }
    }

    public static void labels(Problems problems, FieldPath path, Map<String, String> labels) {
        labels.forEach((label, value) -> {
            if (!Names.isLabelKey(label) || !Names.isLabelValue(value)) {
                problems.invalid(
                        path.key(label),
                        quoted(label) + ": " + quoted(value) + " is no label",
                        "use letters, digits, -, _ and ., up to 63 of them");
            }
        });
    }

    /// Labels that workloads must have; a star would be no pattern.
    public static void selector(
            Problems problems, FieldPath path, @Nullable LabelSelector selector) {
        if (selector != null) {
            labels(problems, path.field("matchLabels"), selector.matchLabels());
        }
    }

    /// The same in the form of the networking kinds.
    public static void selector(
            Problems problems, FieldPath path, @Nullable WorkloadSelector selector) {
        if (selector != null) {
            labels(problems, path.field("labels"), selector.labels());
        }
    }

    public static void headerName(Problems problems, FieldPath path, String name) {
        if (!Names.isHeaderName(name)) {
            problems.invalid(
                    path, quoted(name) + " is no header name", "use letters, digits and -");
        }
    }

    /// Header values end where a line ends, so a line break would begin a header of its own.
    public static void headerValue(Problems problems, FieldPath path, String value) {
        if (value.chars().anyMatch(c -> (c < 0x20 && c != '\t') || c == 0x7f)) {
            problems.invalid(
                    path,
                    "the header's value holds a control sign",
                    "write it in one line of plain text");
        }
    }

    /// A value that Envoy writes, where `%NAME%` stands for a variable.
    public static void headerFormat(Problems problems, FieldPath path, String value) {
        headerValue(problems, path, value);
        if (value.chars().filter(c -> c == '%').count() % 2 != 0) {
            problems.invalid(
                    path,
                    "Envoy reads a % as the begin of a variable",
                    "write %% for the sign, or %NAME% for a variable");
        }
    }

    public static void regex(Problems problems, FieldPath path, @Nullable String regex) {
        if (regex == null) {
            return;
        }
        if (regex.isEmpty()) {
            problems.invalid(path, "the expression is empty", "write .* to match everything");
            return;
        }
        try {
            Regexes.compile(regex);
        } catch (PatternSyntaxException e) {
            problems.invalid(
                    path,
                    quoted(regex) + " is no expression to match with: " + e.getDescription(),
                    "write one of RE2, which has no look-around and no back-references, with "
                            + Regexes.MAX_LENGTH
                            + " signs at the most");
        }
    }

    public static void match(Problems problems, FieldPath path, @Nullable StringMatch match) {
        if (match instanceof StringMatch.Regex regex) {
            regex(problems, path.field("regex"), regex.regex());
        }
    }

    /// A full or short name, or `*.name`, or `*`, in any case. What ends in a number is an address, or a mistake in one.
    public static boolean isHost(String host) {
        var name = host.toLowerCase(Locale.ROOT);
        return name.equals("*")
                || Names.isDnsName(name.startsWith("*.") ? name.substring(2) : name)
                        && !NUMBER.matcher(name.substring(name.lastIndexOf('.') + 1)).matches();
    }

    public static boolean isWildcard(String host) {
        return host.startsWith("*");
    }

    public static boolean isIpAddress(String text) {
        return text.indexOf(':') >= 0 ? isIpv6(text) : isIpv4(text);
    }

    /// An address, with or without `/length`.
    public static boolean isSubnet(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            return isIpAddress(text);
        }
        var address = text.substring(0, slash);
        var length = text.substring(slash + 1);
        var max = address.indexOf(':') >= 0 ? 128 : 32;
        return isIpAddress(address)
                && length.matches("[0-9]{1,3}")
                && Integer.parseInt(length) <= max;
    }

    public static void subnet(Problems problems, FieldPath path, @Nullable String text) {
        if (text != null && !isSubnet(text)) {
            problems.invalid(
                    path,
                    quoted(text) + " is no address or subnet",
                    "write for example 10.1.0.0/16");
        }
    }

    private static boolean isIpv4(String text) {
        var parts = text.split("\\.", -1);
        if (parts.length != 4) {
            return false;
        }
        for (var part : parts) {
            if (!part.matches("0|[1-9][0-9]{0,2}") || Integer.parseInt(part) > 255) {
                return false;
            }
        }
        return true;
    }

    private static boolean isIpv6(String text) {
        int gap = text.indexOf("::");
        if (gap >= 0 && text.indexOf("::", gap + 1) >= 0) {
            return false;
        }
        if (gap < 0) {
            return groups(text, 8) == 8;
        }
        var left = text.substring(0, gap);
        var right = text.substring(gap + 2);
        int before = left.isEmpty() ? 0 : groups(left, 7);
        int after = right.isEmpty() ? 0 : groups(right, 7);
        return before >= 0 && after >= 0 && before + after <= 7;
    }

    /// How many 16-bit groups it has, or -1.
    private static int groups(String text, int max) {
        var parts = text.split(":", -1);
        int count = 0;
        for (int i = 0; i < parts.length; i++) {
            if (i == parts.length - 1 && parts[i].indexOf('.') >= 0) {
                if (!isIpv4(parts[i])) {
                    return -1;
                }
                count += 2;
            } else if (parts[i].matches("[0-9a-fA-F]{1,4}")) {
                count++;
            } else {
                return -1;
            }
        }
        return count <= max ? count : -1;
    }
}
