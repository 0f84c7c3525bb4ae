package dev.quartet.expressions;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;

/// Durations as Istio's configuration writes them, Go's form: `300ms`, `1.5s`, `2h45m`. Always with a unit, save `0`.
public final class GoDuration {
    private static final BigDecimal LARGEST = BigDecimal.valueOf(Long.MAX_VALUE);

    private GoDuration() {}

    /// Empty when the text is no duration, or longer than 292 years.
    public static Optional<Duration> parse(String text) {
        var at = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
        var negative = text.startsWith("-");
        if (text.length() > 100 || at == text.length()) {
            return Optional.empty();
        }
        if (text.substring(at).equals("0")) {
            return Optional.of(Duration.ZERO);
        }
        var nanos = BigDecimal.ZERO;
        while (at < text.length()) {
            var start = at;
            var dots = 0;
            while (at < text.length() && (isDigit(text.charAt(at)) || text.charAt(at) == '.')) {
                dots += text.charAt(at) == '.' ? 1 : 0;
                at++;
            }
            var number = text.substring(start, at);
            if (dots > 1 || number.length() == dots) {
                return Optional.empty();
            }
            var unitStart = at;
            while (at < text.length() && !isDigit(text.charAt(at)) && text.charAt(at) != '.') {
                at++;
            }
            var unit = nanos(text.substring(unitStart, at));
            if (unit == 0) {
                return Optional.empty();
            }
            nanos =
                    nanos.add(
                            new BigDecimal("0" + number + "0".repeat(dots))
                                    .multiply(BigDecimal.valueOf(unit)));
        }
        if (nanos.compareTo(LARGEST) > 0) {
            return Optional.empty();
        }
        return Optional.of(Duration.ofNanos(negative ? -nanos.longValue() : nanos.longValue()));
    }

    /// In seconds: `1.5s`, `0s`.
    static String format(Duration duration) {
        var seconds =
                BigDecimal.valueOf(duration.getSeconds())
                        .add(BigDecimal.valueOf(duration.getNano(), 9));
        return (seconds.signum() == 0 ? "0" : seconds.stripTrailingZeros().toPlainString()) + "s";
    }

    private static long nanos(String unit) {
        return switch (unit) {
            case "ns" -> 1L;
            case "us", "µs", "μs" -> 1_000L;
            case "ms" -> 1_000_000L;
            case "s" -> 1_000_000_000L;
            case "m" -> 60_000_000_000L;
            case "h" -> 3_600_000_000_000L;
            default -> 0L;
        };
    }

    private static boolean isDigit(char sign) {
        return sign >= '0' && sign <= '9';
    }
}
