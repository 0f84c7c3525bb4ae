package dev.quartet.config.read;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.Reason;
import dev.quartet.config.schema.Decimals;
import dev.quartet.config.schema.Durations;
import dev.quartet.config.schema.Shape;
import dev.quartet.expressions.NearNames;
import java.math.BigDecimal;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Fits single values. Each method gives null when the value does not fit; then it has been told.
final class ScalarBinder {
    private static final BigDecimal MIN_INT = BigDecimal.valueOf(Integer.MIN_VALUE);
    private static final BigDecimal MAX_INT = BigDecimal.valueOf(Integer.MAX_VALUE);
    private static final BigDecimal MIN_LONG = BigDecimal.valueOf(Long.MIN_VALUE);
    private static final BigDecimal MAX_LONG = BigDecimal.valueOf(Long.MAX_VALUE);

    /// A power of ten that a double still has.
    private static final int MAX_EXPONENT = 300;

    private final Faults faults;

    ScalarBinder(Faults faults) {
        this.faults = faults;
    }

    @Nullable Integer int32(Node node, Step step) {
        var number = whole(node, step, MIN_INT, MAX_INT);
        return number == null ? null : (Integer) number.intValueExact();
    }

    @Nullable Long int64(Node node, Step step) {
        var number = whole(node, step, MIN_LONG, MAX_LONG);
        return number == null ? null : (Long) number.longValueExact();
    }

    @Nullable Double decimal(Node node, Step step) {
        var number = number(node, step, "a number");
        return number == null ? null : (Double) number.doubleValue();
    }

    @Nullable String text(Node node, Step step) {
        if (node instanceof Node.Text text) {
            return clean(text.text(), node, step) ? text.text() : null;
        }
        var fix =
                switch (node) {
                    case Node.Num number ->
                            "put it in quotes: \"" + number.number().toPlainString() + "\"";
                    case Node.Bool bool -> "put it in quotes: \"" + bool.value() + "\"";
                    default -> "write text, in quotes if need be";
                };
        faults.wrongType(node, step, "text", fix);
        return null;
    }

    /// NUL and lone surrogates are in no name, header or path, and many a program stumbles over them.
    boolean clean(String text, Node node, Step step) {
        for (int i = 0; i < text.length(); i++) {
            var c = text.charAt(i);
            if (c == 0) {
                faults.add(
                        Reason.INVALID_VALUE,
                        node,
                        step,
                        "the text holds a NUL sign",
                        "take it out");
                return false;
            }
            if (Character.isSurrogate(c)) {
                var pair =
                        Character.isHighSurrogate(c)
                                && i + 1 < text.length()
                                && Character.isLowSurrogate(text.charAt(i + 1));
                if (!pair) {
                    faults.add(
                            Reason.INVALID_VALUE,
                            node,
                            step,
                            "the text is not valid Unicode",
                            "write it anew");
                    return false;
                }
                i++;
            }
        }
        return true;
    }

    @Nullable Boolean bool(Node node, Step step) {
        if (node instanceof Node.Bool bool) {
            return bool.value();
        }
        faults.wrongType(node, step, "true or false", "write true or false, without quotes");
        return null;
    }

    /// Also in quotes: proto3 writes 64-bit numbers so, and reads all of them.
    private @Nullable BigDecimal number(Node node, Step step, String wanted) {
        var number =
                switch (node) {
                    case Node.Num plain -> plain.number();
                    case Node.Text text -> Decimals.parse(text.text());
                    default -> null;
                };
        if (number == null) {
            faults.wrongType(node, step, wanted, "write a number");
            return null;
        }
        return inRange(number, node, step);
    }

    private @Nullable BigDecimal whole(Node node, Step step, BigDecimal min, BigDecimal max) {
        var value = number(node, step, "a whole number");
        if (value == null) {
            return null;
        }
        if (value.stripTrailingZeros().scale() > 0) {
            faults.wrongType(node, step, "a whole number", "write it without a fraction");
            return null;
        }
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            faults.add(
                    Reason.INVALID_VALUE,
                    node,
                    step,
                    value + " is out of range",
                    "write a number from " + min + " to " + max);
            return null;
        }
        return value;
    }

    @Nullable Duration duration(Node node, Step step) {
        if (!(node instanceof Node.Text text)) {
            var fix =
                    node instanceof Node.Num number
                            ? "write the unit too: " + number.number().toPlainString() + "s"
                            : "write for example 5s or 100ms";
            faults.wrongType(node, step, "a duration", fix);
            return null;
        }
        var duration = Durations.parse(text.text());
        if (duration.isEmpty()) {
            faults.add(
                    Reason.INVALID_VALUE,
                    node,
                    step,
                    quoted(text.text()) + " is no duration",
                    "write a number with h, m, s, ms, us or ns, for example 1.5s or 100ms");
        }
        return duration.orElse(null);
    }

    @Nullable Enum<?> choice(Shape.Choice choice, Node node, Step step) {
        var names = choice.names();
        if (!(node instanceof Node.Text text)) {
            faults.wrongType(node, step, "a word", "write one of " + String.join(", ", names));
            return null;
        }
        for (var constant : choice.type().getEnumConstants()) {
            if (constant.name().equals(text.text())) {
                return constant;
            }
        }
        var near =
                NearNames.of(text.text(), names)
                        .map(name -> "did you mean " + name + "? ")
                        .orElse("");
        faults.add(
                Reason.INVALID_VALUE,
                node,
                step,
                quoted(text.text()) + " is not one of the allowed values",
                near + "allowed are " + String.join(", ", names));
        return null;
    }

    /// Null when so large or small a number would not come through JSON and doubles as itself.
    @Nullable BigDecimal inRange(BigDecimal number, Node node, Step step) {
        if (Math.abs((long) number.precision() - number.scale()) <= MAX_EXPONENT) {
            return number;
        }
        faults.add(
                Reason.INVALID_VALUE,
                node,
                step,
                "the number has more than " + MAX_EXPONENT + " places",
                "write one of a usual size");
        return null;
    }

    /// A key that is a port.
    @Nullable Integer port(String key, Node value, Step step) {
        var number = Decimals.parse(key);
        if (number != null
                && number.scale() == 0
                && number.compareTo(MIN_INT) >= 0
                && number.compareTo(MAX_INT) <= 0) {
            return number.intValueExact();
        }
        faults.add(
                Reason.WRONG_TYPE,
                value,
                step,
                "the key is no port number",
                "write a number from 1 to 65535");
        return null;
    }
}
