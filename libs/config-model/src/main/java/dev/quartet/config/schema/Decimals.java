package dev.quartet.config.schema;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/// Decimal numbers in a text.
public final class Decimals {
    /// Longer ones are none: reading them takes quadratic time.
    public static final int MAX_SIGNS = 64;

    private Decimals() {}

    /// Null when `text` is none. The form is
    /// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`, with an exponent of three digits at the most.
    public static @Nullable BigDecimal parse(String text) {
        if (text.isEmpty() || text.length() > MAX_SIGNS) {
            return null;
        }
        int at = text.charAt(0) == '-' || text.charAt(0) == '+' ? 1 : 0;
        int whole = digits(text, at);
        at += whole;
        int fraction = 0;
        if (at < text.length() && text.charAt(at) == '.') {
            fraction = digits(text, at + 1);
            at += 1 + fraction;
        }
        if (whole + fraction == 0) {
            return null;
        }
        if (at < text.length() && (text.charAt(at) == 'e' || text.charAt(at) == 'E')) {
            int sign =
                    at + 1 < text.length()
                                    && (text.charAt(at + 1) == '-' || text.charAt(at + 1) == '+')
                            ? 1
                            : 0;
            int exponent = digits(text, at + 1 + sign);
            if (exponent == 0 || exponent > 3) {
                return null;
            }
            at += 1 + sign + exponent;
        }
        return at == text.length() ? new BigDecimal(text) : null;
    }

    private static int digits(String text, int from) {
        int at = from;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        return at - from;
    }
}
