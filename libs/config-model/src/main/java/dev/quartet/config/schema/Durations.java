package dev.quartet.config.schema;

import dev.quartet.expressions.GoDuration;
import java.time.Duration;
import java.util.Optional;

/// Durations in both forms that people write: protobuf's `1.5s`, and Go's `1h30m`, `100ms`.
public final class Durations {
    private Durations() {}

    /// Empty when `text` is no duration, or one of more than 292 years. A bare `0` is one.
    public static Optional<Duration> parse(String text) {
        return GoDuration.parse(text);
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
