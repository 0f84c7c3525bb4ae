package dev.quartet.expressions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.quartet.expressions.ExpressionTable.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// One table drives parser, checker, evaluator and partial evaluator.
class ExpressionTableTest {
    static List<Row> rows() {
        return ExpressionTable.rows();
    }

    static List<Row> compilingRows() {
        return rows().stream().filter(Row::compiles).toList();
    }

    @Test
    void tableIsLargeAndRewritableOnDemand() throws IOException {
        if ("true".equals(System.getProperty("golden.update"))) {
            var lines = new ArrayList<>(Files.readAllLines(ExpressionTable.FILE));
            for (var row : rows()) {
                var actual = ExpressionTable.outcome(row.expression(), Attributes.of(row.values()));
                lines.set(
                        row.line() - 1, row.expression() + "\t" + row.attributes() + "\t" + actual);
            }
            Files.write(ExpressionTable.FILE, lines);
        }

        assertThat(rows()).hasSizeGreaterThan(150);
    }

    @ParameterizedTest
    @MethodSource("rows")
    void givesTheValueOrTheError(Row row) {
        assertThat(ExpressionTable.outcome(row.expression(), Attributes.of(row.values())))
                .isEqualTo(row.outcome());
    }

    @ParameterizedTest
    @MethodSource("compilingRows")
    void evaluatesInEveryWayAlike(Row row) throws ExpressionException {
        var expression = Expression.compile(row.expression(), ExpressionTable.VOCABULARY);
        var attributes = Attributes.of(row.values());

        if (row.outcome().startsWith("evaluate@")) {
            assertThat(expression.type() == ValueType.BOOL && expression.holds(attributes))
                    .isFalse();
        } else {
            var value = expression.evaluate(attributes);
            assertThat(value).isInstanceOf(expression.type().javaType());
            if (expression.type() == ValueType.BOOL) {
                assertThat(expression.holds(attributes)).isEqualTo(value);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("compilingRows")
    void asksOnlyForWhatItReferences(Row row) throws ExpressionException {
        var expression = Expression.compile(row.expression(), ExpressionTable.VOCABULARY);
        var values = Attributes.of(row.values());
        var asked = new HashSet<String>();
        var recording =
                new Attributes() {
                    @Override
                    public @org.jspecify.annotations.Nullable Object get(String name) {
                        asked.add(name);
                        return values.get(name);
                    }

                    @Override
                    public @org.jspecify.annotations.Nullable String entry(String map, String key) {
                        asked.add(
                                expression.referenced().contains(map)
                                        ? map
                                        : Expression.entryName(map, key));
                        return values.entry(map, key);
                    }
                };

        Splits.outcome(expression, recording);

        assertThat(expression.referenced()).containsAll(asked);
    }

    @ParameterizedTest
    @MethodSource("compilingRows")
    void knowingEverythingSettlesIt(Row row) throws ExpressionException {
        var expression = Expression.compile(row.expression(), ExpressionTable.VOCABULARY);
        var values = row.values();

        var result = expression.evaluatePartially(Splits.knowing(values, Set.of(), true));

        assertThat(result).isNotInstanceOf(PartialResult.Unknown.class);
        Splits.checkLaw(expression, values, result);
    }

    @ParameterizedTest
    @MethodSource("compilingRows")
    void everySplitOfKnownAndUnknownAgrees(Row row) throws ExpressionException {
        var expression = Expression.compile(row.expression(), ExpressionTable.VOCABULARY);
        var values = row.values();
        var names = List.copyOf(Splits.attributes(expression));

        for (var bits = 0; bits < 1 << Math.min(names.size(), 6); bits++) {
            var unknown = new HashSet<String>();
            for (var i = 0; i < names.size(); i++) {
                if ((bits >> Math.min(i, 5) & 1) == 1) {
                    unknown.add(names.get(i));
                }
            }
            var result = expression.evaluatePartially(Splits.knowing(values, unknown, false));
            Splits.checkLaw(expression, values, result);
        }
    }

    @ParameterizedTest
    @MethodSource("compilingRows")
    void residualTextMeansTheSame(Row row) throws ExpressionException {
        var expression = Expression.compile(row.expression(), ExpressionTable.VOCABULARY);

        if (expression.evaluatePartially(Knowledge.NOTHING)
                instanceof PartialResult.Unknown(var residual)) {
            var again = Expression.compile(residual.text(), ExpressionTable.VOCABULARY);
            assertThat(again.type()).isEqualTo(expression.type());
            assertThat(Splits.outcome(again, row.values()))
                    .isEqualTo(Splits.outcome(expression, row.values()));
            assertThat(again.evaluatePartially(Knowledge.NOTHING))
                    .isInstanceOfSatisfying(
                            PartialResult.Unknown.class,
                            twice ->
                                    assertThat(twice.residual().text()).isEqualTo(residual.text()));
        }
    }

    @Test
    void compileErrorsAreRenderedWithACaret() {
        assertThatCode(() ->
                        Expression.compile(
                                "true &&\n\trequest.pth == \"/a\"", ExpressionTable.VOCABULARY))
                .isInstanceOfSatisfying(
                        ExpressionException.class,
                        e ->
                                assertThat(e.rendered())
                                        .isEqualTo(
                                                """
                                                there is no attribute request.pth; did you mean request.path?
                                                   request.pth == "/a"
                                                   ^\
                                                """));
    }

    @Test
    void attributesOfTheManifestsAreAllThere() {
        assertThat(AttributeVocabulary.standard().names()).hasSize(89);
        assertThat(AttributeVocabulary.of(Map.of()).with("a", ValueType.BOOL).type("a"))
                .contains(ValueType.BOOL);
    }
}
