package dev.quartet.expressions;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The rows of `testdata/expressions.tsv`: expression, attributes, outcome.
///
/// Attributes are `name=literal` or `map[key]=literal`, with ` ; ` between them, literals in the language itself.
/// An outcome is `TYPE value`, or `compile@offset message` or `evaluate@offset message`.
final class ExpressionTable {
    static final Path FILE = Path.of("src/test/resources/testdata/expressions.tsv");

    static final AttributeVocabulary VOCABULARY =
            AttributeVocabulary.standard()
                    .with(
                            Map.of(
                                    "t.double", ValueType.DOUBLE,
                                    "t.dns", ValueType.DNS_NAME,
                                    "t.email", ValueType.EMAIL_ADDRESS,
                                    "t.uri", ValueType.URI));

    record Row(int line, String expression, String attributes, String outcome) {
        boolean compiles() {
            return !outcome.startsWith("compile@");
        }

        Map<String, Object> values() {
            return ExpressionTable.values(attributes);
        }

        @Override
        public String toString() {
            return "line "
                    + line
                    + ": "
                    + expression
                    + (attributes.isEmpty() ? "" : "  with " + attributes);
        }
    }

    private ExpressionTable() {}

    static List<Row> rows() {
        try {
            var lines = Files.readAllLines(FILE);
            return java.util.stream.IntStream.range(0, lines.size())
                    .filter(line -> !lines.get(line).startsWith("# "))
                    .mapToObj(line -> {
                        var cells = lines.get(line).split("\t", -1);
                        return new Row(line + 1, cells[0], cells[1], cells[2]);
                    })
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Map<String, Object> values(String text) {
        var values = new LinkedHashMap<String, Object>();
        if (!text.isEmpty()) {
            for (var part : text.split(" ; ")) {
                var name = part.substring(0, part.indexOf('='));
                var bracket = name.indexOf('[');
                var literal = part.substring(name.length() + 1);
                var value = constant(literal);
                if (value instanceof java.time.Duration
                        && VOCABULARY.type(name).orElse(ValueType.STRING) == ValueType.STRING) {
                    value = constant("\"\" + " + literal);
                }
                if (bracket < 0) {
                    values.put(name, value);
                } else {
                    @SuppressWarnings("unchecked")
                    var map =
                            (Map<String, Object>)
                                    values.computeIfAbsent(
                                            name.substring(0, bracket),
                                            _ -> new LinkedHashMap<String, Object>());
                    map.put(name.substring(bracket + 1, name.length() - 1), value);
                }
            }
        }
        return values;
    }

    private static Object constant(String literal) {
        try {
            return Expression.compile(literal, AttributeVocabulary.of(Map.of()))
                    .evaluate(Attributes.EMPTY);
        } catch (ExpressionException e) {
            throw new IllegalArgumentException(literal, e);
        }
    }

    /// What really happens, in the form of the outcome column.
    static String outcome(String text, Attributes attributes) {
        try {
            var expression = Expression.compile(text, VOCABULARY);
            var value = expression.evaluate(attributes);
            return expression.type() + " " + Literals.render(expression.type(), value);
        } catch (ExpressionException e) {
            return e.phase().name().toLowerCase(java.util.Locale.ROOT)
                    + "@"
                    + e.position()
                    + " "
                    + e.getMessage();
        }
    }
}
