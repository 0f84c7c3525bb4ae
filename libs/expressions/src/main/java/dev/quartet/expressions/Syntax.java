package dev.quartet.expressions;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the parser gives: the shape of an expression, before names and types are looked at.
/// `position` is where a message about the node should point.
sealed interface Syntax {
    int position();

    int depth();

    /// Where the text of the node begins.
    default int start() {
        return switch (this) {
            case Literal literal -> literal.position();
            case Name name -> name.position();
            case Not not -> not.position();
            case Chain chain -> chain.operands().getFirst().start();
            case Comparison comparison -> comparison.left().start();
            case Index index -> index.map().start();
            case Call call -> call.receiver() == null ? call.position() : call.receiver().start();
        };
    }

    record Literal(int position, ValueType type, Object value) implements Syntax {
        @Override
        public int depth() {
            return 1;
        }
    }

    record Name(int position, String name) implements Syntax {
        @Override
        public int depth() {
            return 1;
        }
    }

    record Not(int position, Syntax operand, int depth) implements Syntax {}

    /// A chain of one associative operator (`&&`, `||`, `|`, `+`), flat, with two operands or more.
    record Chain(int position, Operator operator, List<Syntax> operands, int depth)
            implements Syntax {}

    record Comparison(int position, Operator operator, Syntax left, Syntax right, int depth)
            implements Syntax {}

    record Index(int position, Syntax map, Syntax key, int depth) implements Syntax {}

    /// A function, or with a receiver a method.
    record Call(
            int position,
            @Nullable Syntax receiver,
            String function,
            List<Syntax> arguments,
            int depth)
            implements Syntax {}

    /// Operators and how strongly they bind; Go's table, which Istio's parser took over: `|` binds more than `==`.
    enum Operator {
        OR("||", 1),
        AND("&&", 2),
        EQUAL("==", 3),
        NOT_EQUAL("!=", 3),
        LESS("<", 3),
        AT_MOST("<=", 3),
        GREATER(">", 3),
        AT_LEAST(">=", 3),
        DEFAULT("|", 4),
        PLUS("+", 4);

        private final String sign;
        private final int strength;

        Operator(String sign, int strength) {
            this.sign = sign;
            this.strength = strength;
        }

        String sign() {
            return sign;
        }

        int strength() {
            return strength;
        }

        boolean isChain() {
            return switch (this) {
                case OR, AND, DEFAULT, PLUS -> true;
                case EQUAL, NOT_EQUAL, LESS, AT_MOST, GREATER, AT_LEAST -> false;
            };
        }
    }
}
