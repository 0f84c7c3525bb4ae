package dev.quartet.config.read;

import dev.quartet.config.schema.Decimals;
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
        if (text.length() > Decimals.MAX_SIGNS) {
            return null;
        }
        if (text.startsWith("0x") && text.length() > 2 && allDigits(text, 2, 16)) {
            return new BigDecimal(new BigInteger(text.substring(2), 16));
        }
        if (text.startsWith("0o") && text.length() > 2 && allDigits(text, 2, 8)) {
            return new BigDecimal(new BigInteger(text.substring(2), 8));
        }
        return Decimals.parse(text);
    }

    private static boolean allDigits(String text, int from, int radix) {
        for (int i = from; i < text.length(); i++) {
            if (text.charAt(i) > 'f' || Character.digit(text.charAt(i), radix) < 0) {
                return false;
            }
        }
        return true;
    }
}
