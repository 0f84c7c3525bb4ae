package dev.quartet.config.schema;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/// Durations in both forms that people write: protobuf's `1.5s`, and Go's `1h30m`, `100ms`.
public final class Durations {
    private static final Pattern PART =
            Pattern.compile(
                    "([0-9]{1,12}(?:\\.[0-9]{0,12})?|\\.[0-9]{1,12})(ns|us|µs|μs|ms|s|m|h)");

    /// Protobuf's largest duration, about 10,000 years.
    private static final BigDecimal MAX_SECONDS = BigDecimal.valueOf(315_576_000_000L);

    private static final BigDecimal BILLION = BigDecimal.valueOf(1_000_000_000L);

    private Durations() {}

    /// Empty when `text` is no duration. A bare `0` is one.
    public static Optional<Duration> parse(String text) {
        var negative = text.startsWith("-");
        var rest = negative || text.startsWith("+") ? text.substring(1) : text;
        if (rest.equals("0")) {
            return Optional.of(Duration.ZERO);
        }
        if (rest.isEmpty() || rest.length() > 64) {
            return Optional.empty();
        }
        var matcher = PART.matcher(rest);
        var seconds = BigDecimal.ZERO;
        int at = 0;
        while (at < rest.length()) {
            if (!matcher.find() || matcher.start() != at) {
                return Optional.empty();
            }
            var number = matcher.group(1);
            seconds =
                    seconds.add(
                            new BigDecimal(number.endsWith(".") ? number + "0" : number)
                                    .multiply(unit(matcher.group(2))));
            at = matcher.end();
        }
        if (seconds.compareTo(MAX_SECONDS) > 0) {
            return Optional.empty();
        }
        var nanos = seconds.multiply(BILLION).setScale(0, RoundingMode.DOWN).toBigInteger();
        var parts = nanos.divideAndRemainder(BILLION.toBigInteger());
        var duration = Duration.ofSeconds(parts[0].longValueExact(), parts[1].longValueExact());
        return Optional.of(negative ? duration.negated() : duration);
    }

    private static BigDecimal unit(String unit) {
        return switch (unit) {
            case "h" -> BigDecimal.valueOf(3600);
            case "m" -> BigDecimal.valueOf(60);
            case "s" -> BigDecimal.ONE;
            case "ms" -> BigDecimal.valueOf(1, 3);
            case "ns" -> BigDecimal.valueOf(1, 9);
            default -> BigDecimal.valueOf(1, 6);
        };
    }

    /// Protobuf's JSON form: seconds with none, three, six or nine decimals.
    public static String format(Duration duration) {
        var negative = duration.isNegative();
        var positive = duration.abs();
        int nanos = positive.getNano();
        String fraction;
        if (nanos == 0) {
            fraction = "";
        } else {
            var digits = "%09d".formatted(nanos);
            if (nanos % 1_000_000 == 0) {
                digits = digits.substring(0, 3);
            } else if (nanos % 1_000 == 0) {
                digits = digits.substring(0, 6);
            }
            fraction = "." + digits;
        }
        return (negative ? "-" : "") + positive.getSeconds() + fraction + "s";
    }
}
