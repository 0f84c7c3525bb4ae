package dev.quartet.expressions;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/// Splits a bag of attributes into known and unknown, and holds partial evaluation to its law.
final class Splits {
    private Splits() {}

    /// The attributes that an expression uses, maps as a whole.
    static Set<String> attributes(Expression expression) {
        var names = new LinkedHashSet<String>();
        for (var name : expression.referenced()) {
            var bracket = name.indexOf('[');
            names.add(bracket < 0 ? name : name.substring(0, bracket));
        }
        return names;
    }

    static Knowledge knowing(Map<String, Object> values, Set<String> unknown, boolean copy) {
        var known = copy ? Map.copyOf(values) : values;
        return name -> {
            if (unknown.contains(name)) {
                return new Knowledge.Fact.Unknown();
            }
            var value = known.get(name);
            return value == null
                    ? new Knowledge.Fact.KnownAbsent()
                    : new Knowledge.Fact.Known(value);
        };
    }

    static String outcome(Expression expression, Map<String, Object> values) {
        return outcome(expression, Attributes.of(values));
    }

    static String outcome(Expression expression, Attributes attributes) {
        try {
            return Literals.render(expression.type(), expression.evaluate(attributes));
        } catch (ExpressionException e) {
            return "failed";
        }
    }

    /// What is found beforehand holds, or the whole fails.
    static void checkLaw(Expression expression, Map<String, Object> values, PartialResult result) {
        var whole = outcome(expression, values);
        switch (result) {
            case PartialResult.Known(var value) ->
                    assertThat(whole).isIn(Literals.render(expression.type(), value), "failed");
            case PartialResult.Unknown(var residual) ->
                    assertThat(whole).isIn(outcome(residual, values), "failed");
            case PartialResult.Failed _ -> assertThat(whole).isEqualTo("failed");
        }
    }
}
