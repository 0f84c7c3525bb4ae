package dev.quartet.mixer.admin;

import dev.quartet.admin.ProblemException;
import dev.quartet.expressions.AttributeVocabulary;
import dev.quartet.expressions.Attributes;
import dev.quartet.expressions.Expression;
import dev.quartet.expressions.ExpressionException;
import dev.quartet.expressions.ValueType;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/// `POST /admin/v1/expressions/evaluate`: tries an expression on attributes that the caller gives, as Mixer would
/// evaluate it on a request's.
@RestController
class ExpressionController {
    private static final Pattern DURATION = Pattern.compile("-?(\\d+(\\.\\d+)?(ns|us|ms|s|m|h))+");
    private static final Pattern DURATION_PART =
            Pattern.compile("(\\d+(?:\\.\\d+)?)(ns|us|ms|s|m|h)");
    private static final Map<String, Long> NANOS =
            Map.of(
                    "ns",
                    1L,
                    "us",
                    1_000L,
                    "ms",
                    1_000_000L,
                    "s",
                    1_000_000_000L,
                    "m",
                    60_000_000_000L,
                    "h",
                    3_600_000_000_000L);

    /// @param attributes name to type and value; times in RFC 3339, durations as `1.5s`, maps as objects
    /// @param manifest attribute to type; left out: Istio's attributes and those given
    record Question(
            @Nullable String expression,
            @Nullable Map<String, Given> attributes,
            @Nullable Map<String, String> manifest) {}

    record Given(@Nullable String type, @Nullable Object value) {}

    /// Either type, value and referenced, or error.
    record Answer(
            @Nullable String type,
            @Nullable Object value,
            @Nullable Set<String> referenced,
            @Nullable Failure error) {}

    /// @param phase `compile` or `evaluate`
    /// @param position offset in the expression
    record Failure(String phase, String message, int position) {}

    @PostMapping("/admin/v1/expressions/evaluate")
    Answer evaluate(@RequestBody Question question) {
        var text = question.expression();
        if (text == null || text.isBlank()) {
            throw ProblemException.badRequest(
                    "\"expression\" is missing; give the text of an expression");
        }
        var values = new HashMap<String, Object>();
        var types = new HashMap<String, ValueType>();
        if (question.attributes() != null) {
            question.attributes()
                    .forEach((name, given) -> {
                        var type = type(name, given.type());
                        types.put(name, type);
                        values.put(name, value(name, type, given.value()));
                    });
        }
        var vocabulary = AttributeVocabulary.standard().with(types);
        if (question.manifest() != null) {
            var manifest = new HashMap<String, ValueType>();
            question.manifest().forEach((name, type) -> manifest.put(name, type(name, type)));
            vocabulary = AttributeVocabulary.of(manifest);
        }
        try {
            var expression = Expression.compile(text, vocabulary);
            var result = expression.evaluate(Attributes.of(values));
            return new Answer(
                    expression.type().name(), shown(result), expression.referenced(), null);
        } catch (ExpressionException e) {
            return new Answer(
                    null,
                    null,
                    null,
                    new Failure(
                            e.phase().name().toLowerCase(Locale.ROOT),
                            String.valueOf(e.getMessage()),
                            e.position()));
        }
    }

    private static ValueType type(String attribute, @Nullable String type) {
        for (var known : ValueType.values()) {
            if (known.name().equals(type)) {
                return known;
            }
        }
        throw ProblemException.badRequest(
                "attribute \"%s\" has the type %s; use one of %s"
                        .formatted(attribute, type, List.of(ValueType.values())));
    }

    private static Object value(String attribute, ValueType type, @Nullable Object value) {
        try {
            return switch (type) {
                case STRING, EMAIL_ADDRESS, URI, DNS_NAME -> text(value);
                case INT64 -> new BigDecimal(text(value)).longValueExact();
                case DOUBLE -> Double.valueOf(text(value));
                case BOOL -> truth(text(value));
                case TIMESTAMP -> Instant.parse(text(value));
                case IP_ADDRESS -> InetAddress.ofLiteral(text(value));
                case DURATION -> duration(text(value));
                case STRING_MAP -> map(value);
            };
        } catch (IllegalArgumentException | ArithmeticException | DateTimeParseException e) {
            throw ProblemException.badRequest(
                    "the value of attribute \"%s\" is no %s: %s"
                            .formatted(attribute, type, e.getMessage()));
        }
    }

    private static String text(@Nullable Object value) {
        return switch (value) {
            case String text -> text;
            case Number number -> number.toString();
            case Boolean truth -> truth.toString();
            case null, default -> throw new IllegalArgumentException("it is " + value);
        };
    }

    private static boolean truth(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("use true or false");
        };
    }

    private static Map<String, String> map(@Nullable Object value) {
        if (!(value instanceof Map<?, ?> given)) {
            throw new IllegalArgumentException("use an object of texts");
        }
        var map = new HashMap<String, String>();
        given.forEach((name, entry) -> map.put(String.valueOf(name), text(entry)));
        return map;
    }

    /// `1.5s`, `1h30m`, `100ms`: the form of Go and of Istio's configuration.
    private static Duration duration(String text) {
        if (!DURATION.matcher(text).matches()) {
            throw new IllegalArgumentException("use a number and a unit, as in 1.5s or 100ms");
        }
        var nanos = BigDecimal.ZERO;
        var parts = DURATION_PART.matcher(text);
        while (parts.find()) {
            var unit = BigDecimal.valueOf(NANOS.getOrDefault(parts.group(2), 1L));
            nanos = nanos.add(new BigDecimal(parts.group(1)).multiply(unit));
        }
        var length = Duration.ofNanos(nanos.setScale(0, RoundingMode.DOWN).longValueExact());
        return text.startsWith("-") ? length.negated() : length;
    }

    private static Object shown(Object value) {
        return switch (value) {
            case InetAddress address -> address.getHostAddress();
            case Duration duration ->
                    BigDecimal.valueOf(duration.toNanos(), 9).stripTrailingZeros().toPlainString()
                            + "s";
            case Instant instant -> instant.toString();
            default -> value;
        };
    }
}
