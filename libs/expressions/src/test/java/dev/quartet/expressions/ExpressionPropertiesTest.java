package dev.quartet.expressions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// What holds of every text and of every expression.
class ExpressionPropertiesTest {
    private static final List<String> WORDS =
            List.of(
                    "request.path",
                    "request.size",
                    "request.headers",
                    "connection.mtls",
                    "response.duration",
                    "\"a\"",
                    "\"5s\"",
                    "`x`",
                    "5",
                    "1.5",
                    "true",
                    "==",
                    "!=",
                    "<",
                    ">=",
                    "&&",
                    "||",
                    "|",
                    "!",
                    "(",
                    ")",
                    "[",
                    "]",
                    ".",
                    ",",
                    "+",
                    "-",
                    "match",
                    "startsWith",
                    "conditional",
                    "size",
                    "ip",
                    "\"",
                    "\\",
                    "é",
                    "\0");

    @Property(tries = 3000)
    void randomTextGivesAnExpressionOrAnExpressionException(@ForAll String text) {
        compileAndEvaluate(text);
    }

    @Property(tries = 5000)
    void randomWordsGiveAnExpressionOrAnExpressionException(@ForAll("words") String text) {
        compileAndEvaluate(text);
    }

    /// Whatever repeats up to the limit on length neither overflows a stack nor takes long.
    @Property(tries = 500)
    void repeatedWordsGiveAnExpressionOrAnExpressionException(@ForAll("words") String text) {
        var start = text.isEmpty() ? "" : text.substring(0, text.length() / 2);
        compileAndEvaluate(
                start
                        + text.repeat(
                                (Expression.MAX_LENGTH - start.length()) / (text.length() + 1)));
    }

    @Property(tries = 3000)
    void partialEvaluationAgreesWithFullEvaluation(
            @ForAll("conditions") String text,
            @ForAll("bags") Map<String, Object> values,
            @ForAll Set<Integer> hidden)
            throws ExpressionException {
        var expression = Expression.compile(text, ExpressionTable.VOCABULARY);
        var names = List.copyOf(Splits.attributes(expression));
        var unknown = new java.util.HashSet<String>();
        for (var i : hidden) {
            if (!names.isEmpty()) {
                unknown.add(names.get(Math.floorMod(i, names.size())));
            }
        }

        var result = expression.evaluatePartially(Splits.knowing(values, unknown, false));

        Splits.checkLaw(expression, values, result);
        if (result instanceof PartialResult.Unknown(var residual)) {
            assertThat(unknown).containsAll(Splits.attributes(residual));
            var again = Expression.compile(residual.text(), ExpressionTable.VOCABULARY);
            assertThat(Splits.outcome(again, values)).isEqualTo(Splits.outcome(residual, values));
        }
    }

    @Example
    void longAndDeepTextsAreRefusedNotOverflowed() {
        for (var text :
                List.of(
                        "(".repeat(8000),
                        "!".repeat(8000) + "true",
                        "true" + " == true".repeat(1500),
                        "request.headers" + "[\"a\"]".repeat(2500),
                        "size(".repeat(3000),
                        "\"a\"" + ".startsWith(\"a\")".repeat(900),
                        "request.headers[".repeat(900),
                        "true && ".repeat(20_000) + "true",
                        "a".repeat(16_000),
                        "request.path " + "b".repeat(16_000))) {
            var thrown = catchThrowable(() -> Expression.compile(text, ExpressionTable.VOCABULARY));
            assertThat(thrown).isInstanceOf(ExpressionException.class);
            assertThat(((ExpressionException) thrown).rendered().length()).isLessThan(1000);
        }
    }

    @Example
    void longChainsAreFlat() throws ExpressionException {
        for (var operator : List.of("&&", "||", "|", "+")) {
            var operand = operator.length() == 2 ? "true" : "`a`";
            var times = Expression.MAX_LENGTH / (operand.length() + operator.length()) - 1;
            var text = operand + (operator + operand).repeat(times);

            var chain = Expression.compile(text, ExpressionTable.VOCABULARY);

            assertThat(chain.evaluatePartially(Knowledge.NOTHING))
                    .isEqualTo(new PartialResult.Known(chain.evaluate(Attributes.EMPTY)));
        }
    }

    private static void compileAndEvaluate(String text) {
        try {
            var expression = Expression.compile(text, ExpressionTable.VOCABULARY);
            expression.evaluatePartially(Knowledge.NOTHING);
            expression.evaluate(Attributes.EMPTY);
        } catch (ExpressionException e) {
            assertThat(e.getMessage()).isNotBlank();
            assertThat(e.position()).isBetween(0, text.length());
            assertThat(e.rendered()).contains("^");
        }
    }

    @Provide
    Arbitrary<String> words() {
        return Arbitraries.of(WORDS).list().ofMaxSize(14).map(words -> String.join(" ", words));
    }

    @Provide
    Arbitrary<Map<String, Object>> bags() {
        var values =
                Combinators.combine(
                        Arbitraries.of("", "a", "/x"),
                        Arbitraries.longs().between(0, 3),
                        Arbitraries.of(true, false),
                        Arbitraries.of(Map.of(), Map.of("a", "/x"), Map.of("a", "b", "/x", "a")));
        return Combinators.combine(
                        values.as((path, size, mtls, headers) ->
                                Map.<String, Object>of(
                                        "request.path", path,
                                        "request.size", size,
                                        "connection.mtls", mtls,
                                        "request.headers", headers)),
                        Arbitraries.of(
                                        "request.path",
                                        "request.size",
                                        "connection.mtls",
                                        "request.headers")
                                .set())
                .as((all, removed) -> {
                    var left = new java.util.HashMap<>(all);
                    left.keySet().removeAll(removed);
                    return Map.copyOf(left);
                });
    }

    @Provide
    Arbitrary<String> conditions() {
        return bool(4);
    }

    private static Arbitrary<String> bool(int depth) {
        var leaf = Arbitraries.of("true", "false", "connection.mtls", "(connection.mtls | true)");
        if (depth == 0) {
            return leaf;
        }
        var text = text(depth - 1);
        var number = number();
        return Arbitraries.oneOf(
                leaf,
                Combinators.combine(
                                bool(depth - 1), Arbitraries.of("&&", "||", "=="), bool(depth - 1))
                        .as((left, sign, right) -> "(" + left + ") " + sign + " (" + right + ")"),
                Combinators.combine(bool(depth - 1), bool(depth - 1), bool(depth - 1))
                        .as((left, middle, right) ->
                                "(" + left + ") && (" + middle + ") && (" + right + ")"),
                bool(depth - 1).map(inner -> "!(" + inner + ")"),
                Combinators.combine(text, Arbitraries.of("==", "!=", "<"), text)
                        .as((left, sign, right) -> "(" + left + ") " + sign + " (" + right + ")"),
                Combinators.combine(number, Arbitraries.of("==", "<", ">="), number)
                        .as((left, sign, right) -> left + " " + sign + " " + right),
                Combinators.combine(text, text)
                        .as((left, right) -> "(" + left + ").startsWith(" + right + ")"),
                text.map(inner -> "\"^/\".matches(" + inner + ")"),
                Combinators.combine(bool(depth - 1), bool(depth - 1), bool(depth - 1))
                        .as((test, yes, no) ->
                                "conditional(" + test + ", " + yes + ", " + no + ")"));
    }

    private static Arbitrary<String> text(int depth) {
        var leaf =
                Arbitraries.of(
                        "\"a\"",
                        "\"/x\"",
                        "\"\"",
                        "request.path",
                        "request.headers[\"a\"]",
                        "request.headers[\"a\"] | \"b\"",
                        "(request.headers | emptyStringMap())[\"a\"]");
        if (depth == 0) {
            return leaf;
        }
        return Arbitraries.oneOf(
                leaf,
                Combinators.combine(text(depth - 1), text(depth - 1))
                        .as((left, right) -> "(" + left + ") | (" + right + ")"),
                Combinators.combine(text(depth - 1), text(depth - 1))
                        .as((left, right) -> "(" + left + ") + (" + right + ")"),
                text(depth - 1).map(inner -> "toLower(" + inner + ")"),
                text(depth - 1).map(key -> "request.headers[" + key + "]"),
                Combinators.combine(bool(depth - 1), text(depth - 1), text(depth - 1))
                        .as((test, yes, no) ->
                                "conditional(" + test + ", " + yes + ", " + no + ")"));
    }

    private static Arbitrary<String> number() {
        return Arbitraries.of(
                "0",
                "1",
                "request.size",
                "(request.size | 2)",
                "size(request.headers)",
                "size(request.path)");
    }
}
