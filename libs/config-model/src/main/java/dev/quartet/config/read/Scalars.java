package dev.quartet.config.read;

import java.math.BigDecimal;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/// Which type a plain YAML scalar has by the core schema (YAML 1.2.2, 10.3.2).
final class Scalars {
    private Scalars() {}

    static Node resolve(String text, int line) {
        switch (text) {
            case "", "~", "null", "Null", "NULL" -> {
                return new Node.Null(line);
            }
            case "true", "True", "TRUE" -> {
                return new Node.Bool(true, line);
            }
            case "false", "False", "FALSE" -> {
                return new Node.Bool(false, line);
            }
            default -> {
                var number = number(text);
                return number == null ? new Node.Text(text, line) : new Node.Num(number, line);
            }
        }
    }

    private static @Nullable BigDecimal number(String text) {
        if (text.length() > Limits.MAX_DIGITS) {
            return null;
        }
        if (text.startsWith("0x") && text.length() > 2 && allDigits(text, 2, 16)) {
            return new BigDecimal(new BigInteger(text.substring(2), 16));
        }
        if (text.startsWith("0o") && text.length() > 2 && allDigits(text, 2, 8)) {
            return new BigDecimal(new BigInteger(text.substring(2), 8));
        }
        return decimal(text);
    }

    private static boolean allDigits(String text, int from, int radix) {
        for (int i = from; i < text.length(); i++) {
            if (text.charAt(i) > 'f' || Character.digit(text.charAt(i), radix) < 0) {
                return false;
            }
        }
        return true;
    }

    /// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`, with an exponent of three digits at the most.
    static @Nullable BigDecimal decimal(String text) {
        if (text.isEmpty() || text.length() > Limits.MAX_DIGITS) {
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
