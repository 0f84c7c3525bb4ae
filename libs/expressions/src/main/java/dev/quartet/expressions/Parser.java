package dev.quartet.expressions;

import dev.quartet.expressions.Lexer.Sort;
import dev.quartet.expressions.Lexer.Token;
import dev.quartet.expressions.Syntax.Operator;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Text to syntax, by precedence climbing. Refuses what is too long or too deep, so that no text overflows a stack.
final class Parser {
    private final Lexer lexer;
    private Token token;
    private int nesting;

    Parser(String text) {
        if (text.length() > Expression.MAX_LENGTH) {
            throw new Fault(
                    Expression.MAX_LENGTH,
                    "the expression has "
                            + text.length()
                            + " characters; "
                            + Expression.MAX_LENGTH
                            + " are the most");
        }
        lexer = new Lexer(text);
        token = lexer.next();
    }

    Syntax parse() {
        if (token.sort() == Sort.END) {
            throw new Fault(0, "the expression is empty");
        }
        var whole = binary(1);
        if (token.sort() != Sort.END) {
            throw new Fault(
                    token.position(),
                    "expected an operator or the end, found " + token.described());
        }
        return whole;
    }

    private void advance() {
        token = lexer.next();
    }

    private Syntax binary(int weakest) {
        var left = unary();
        while (true) {
            var operator = operator();
            if (operator == null || operator.strength() < weakest) {
                return left;
            }
            left = operator.isChain() ? chain(operator, left) : comparison(operator, left);
        }
    }

    private Syntax comparison(Operator operator, Syntax left) {
        var position = token.position();
        advance();
        var right = binary(operator.strength() + 1);
        return new Syntax.Comparison(position, operator, left, right, above(position, left, right));
    }

    /// All operands of a run of one operator at once.
    private Syntax chain(Operator operator, Syntax left) {
        var position = token.position();
        var operands = new ArrayList<Syntax>();
        if (left instanceof Syntax.Chain chain && chain.operator() == operator) {
            operands.addAll(chain.operands());
            position = chain.position();
        } else {
            operands.add(left);
        }
        while (operator() == operator) {
            advance();
            operands.add(binary(operator.strength() + 1));
        }
        return new Syntax.Chain(
                position, operator, operands, above(position, operands.toArray(new Syntax[0])));
    }

    private @Nullable Operator operator() {
        if (token.sort() != Sort.SIGN) {
            return null;
        }
        return switch (token.text()) {
            case "||" -> Operator.OR;
            case "&&" -> Operator.AND;
            case "==" -> Operator.EQUAL;
            case "!=" -> Operator.NOT_EQUAL;
            case "<" -> Operator.LESS;
            case "<=" -> Operator.AT_MOST;
            case ">" -> Operator.GREATER;
            case ">=" -> Operator.AT_LEAST;
            case "|" -> Operator.DEFAULT;
            case "+" -> Operator.PLUS;
            default -> null;
        };
    }

    private Syntax unary() {
        enter();
        try {
            var position = token.position();
            if (token.is("!")) {
                advance();
                var operand = unary();
                return new Syntax.Not(position, operand, above(position, operand));
            }
            if (token.is("-")) {
                advance();
                if (token.sort() != Sort.INTEGER && token.sort() != Sort.DOUBLE) {
                    throw new Fault(
                            position,
                            "there is no operator - in this language, save before a number");
                }
                return postfix(number("-" + token.text(), position));
            }
            return postfix(primary());
        } finally {
            nesting--;
        }
    }

    private Syntax primary() {
        var start = token;
        return switch (start.sort()) {
            case STRING -> {
                advance();
                yield new Syntax.Literal(start.position(), ValueType.STRING, start.text());
            }
            case INTEGER, DOUBLE -> number(start.text(), start.position());
            case NAME -> name();
            case SIGN -> {
                if (!start.is("(")) {
                    throw new Fault(
                            start.position(),
                            "expected a value, an attribute or a function, found "
                                    + start.described());
                }
                advance();
                var inner = binary(1);
                expect(")");
                yield inner;
            }
            case END ->
                    throw new Fault(
                            start.position(), "the expression stops where a value is wanted");
        };
    }

    private Syntax number(String digits, int position) {
        var integer = token.sort() == Sort.INTEGER;
        advance();
        try {
            if (integer) {
                return new Syntax.Literal(position, ValueType.INT64, Long.valueOf(digits));
            }
            var value = Double.valueOf(digits);
            if (value.isInfinite()) {
                throw new Fault(position, "the number is too large for a DOUBLE");
            }
            return new Syntax.Literal(position, ValueType.DOUBLE, value);
        } catch (NumberFormatException e) {
            throw new Fault(position, "the number is too large for an INT64");
        }
    }

    /// `true`, `a.b.c`, `f(…)` or `a.b.method(…)`.
    private Syntax name() {
        var position = token.position();
        var last = token;
        var path = new StringBuilder();
        while (true) {
            advance();
            if (token.is("(")) {
                var receiver = path.isEmpty() ? null : new Syntax.Name(position, path.toString());
                return call(receiver, last);
            }
            if (!path.isEmpty()) {
                path.append('.');
            }
            path.append(last.text());
            if (!token.is(".")) {
                break;
            }
            advance();
            last = expectName();
        }
        return switch (path.toString()) {
            case "true" -> new Syntax.Literal(position, ValueType.BOOL, true);
            case "false" -> new Syntax.Literal(position, ValueType.BOOL, false);
            default -> new Syntax.Name(position, path.toString());
        };
    }

    private Syntax postfix(Syntax start) {
        var left = start;
        while (true) {
            if (token.is("[")) {
                var position = token.position();
                advance();
                var key = binary(1);
                expect("]");
                left = new Syntax.Index(position, left, key, above(position, left, key));
            } else if (token.is(".")) {
                advance();
                var function = expectName();
                advance();
                if (!token.is("(")) {
                    throw new Fault(
                            function.position(),
                            "\"" + function.text() + "\" is no method call: ( is missing");
                }
                left = call(left, function);
            } else {
                return left;
            }
        }
    }

    /// The current token is the opening parenthesis.
    private Syntax call(@Nullable Syntax receiver, Token function) {
        advance();
        var arguments = new ArrayList<Syntax>();
        while (!token.is(")")) {
            arguments.add(binary(1));
            if (!token.is(",")) {
                break;
            }
            advance();
        }
        expect(")");
        var parts = new ArrayList<>(arguments);
        if (receiver != null) {
            parts.add(receiver);
        }
        return new Syntax.Call(
                function.position(),
                receiver,
                function.text(),
                List.copyOf(arguments),
                above(function.position(), parts.toArray(new Syntax[0])));
    }

    private Token expectName() {
        if (token.sort() != Sort.NAME) {
            throw new Fault(
                    token.position(), "expected a name after the dot, found " + token.described());
        }
        return token;
    }

    private void expect(String sign) {
        if (!token.is(sign)) {
            throw new Fault(token.position(), "expected " + sign + ", found " + token.described());
        }
        advance();
    }

    private void enter() {
        if (++nesting > Expression.MAX_DEPTH) {
            throw tooDeep(token.position());
        }
    }

    private static int above(int position, Syntax... children) {
        var depth = 0;
        for (var child : children) {
            depth = Math.max(depth, child.depth());
        }
        if (depth >= Expression.MAX_DEPTH) {
            throw tooDeep(position);
        }
        return depth + 1;
    }

    private static Fault tooDeep(int position) {
        return new Fault(
                position,
                "the expression is nested deeper than " + Expression.MAX_DEPTH + " levels");
    }
}
