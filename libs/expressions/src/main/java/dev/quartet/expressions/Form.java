package dev.quartet.expressions;

import dev.quartet.expressions.Syntax.Operator;
import java.util.List;

/// How a node is written, with its operands in their places.
sealed interface Form {
    /// How strongly the sign of a node binds that needs no parentheses.
    int ATOM = 10;

    void render(StringBuilder text, List<Node> operands);

    default int strength() {
        return ATOM;
    }

    record Name(String name) implements Form {
        @Override
        public void render(StringBuilder text, List<Node> operands) {
            text.append(name);
        }
    }

    record Literal(ValueType type, Object value) implements Form {
        @Override
        public void render(StringBuilder text, List<Node> operands) {
            Literals.render(text, type, value);
        }
    }

    /// A settled node whose value no literal gives: as what it was made from.
    record Origin(Node node) implements Form {
        @Override
        public void render(StringBuilder text, List<Node> operands) {
            node.render(text);
        }

        @Override
        public int strength() {
            return node.strength();
        }
    }

    /// `map[key]`
    record Element() implements Form {
        @Override
        public void render(StringBuilder text, List<Node> operands) {
            operands.getFirst().render(text, ATOM);
            text.append('[');
            operands.getLast().render(text);
            text.append(']');
        }
    }

    /// `!a`
    record Prefix(String sign) implements Form {
        @Override
        public void render(StringBuilder text, List<Node> operands) {
            text.append(sign);
            operands.getFirst().render(text, ATOM);
        }

        @Override
        public int strength() {
            return ATOM - 1;
        }
    }

    /// `a && b && c`
    record Infix(Operator operator) implements Form {
        @Override
        public void render(StringBuilder text, List<Node> operands) {
            operands.getFirst().render(text, strength());
            for (var operand : operands.subList(1, operands.size())) {
                text.append(' ').append(operator.sign()).append(' ');
                operand.render(text, strength() + 1);
            }
        }

        @Override
        public int strength() {
            return operator.strength();
        }
    }

    /// `f(a, b)`
    record Function(String name) implements Form {
        @Override
        public void render(StringBuilder text, List<Node> operands) {
            text.append(name).append('(');
            for (var i = 0; i < operands.size(); i++) {
                text.append(i > 0 ? ", " : "");
                operands.get(i).render(text);
            }
            text.append(')');
        }
    }

    /// `a.f(b)`
    record Method(String name) implements Form {
        @Override
        public void render(StringBuilder text, List<Node> operands) {
            operands.getFirst().render(text, ATOM);
            text.append('.');
            new Function(name).render(text, operands.subList(1, operands.size()));
        }
    }
}
