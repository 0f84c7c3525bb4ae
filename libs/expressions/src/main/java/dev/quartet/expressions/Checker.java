package dev.quartet.expressions;

import com.google.re2j.PatternSyntaxException;
import dev.quartet.expressions.Syntax.Operator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Gives every name and operation of the syntax its type, refuses what does not fit, and builds the nodes.
///
/// A string literal that reads as a duration (`"5s"`) is one, as in Istio; where a string is wanted it stays a string,
/// which Istio would refuse.
final class Checker {
    private final AttributeVocabulary vocabulary;

    /// The durations among the literals, and each as the string that it could be as well.
    private final Map<Node, Constant> texts = new IdentityHashMap<>();

    Checker(AttributeVocabulary vocabulary) {
        this.vocabulary = vocabulary;
    }

    Node check(Syntax syntax) {
        return switch (syntax) {
            case Syntax.Literal literal -> literal(literal);
            case Syntax.Name name -> attribute(name);
            case Syntax.Not not ->
                    Operation.of(
                            new Form.Prefix("!"),
                            ValueType.BOOL,
                            not.position(),
                            value -> !(Boolean) value,
                            typed(not.operand(), ValueType.BOOL, "!"));
            case Syntax.Chain chain -> chain(chain);
            case Syntax.Comparison comparison -> comparison(comparison);
            case Syntax.Index index ->
                    Index.of(
                            typed(index.map(), ValueType.STRING_MAP, "[ ]"),
                            typed(index.key(), ValueType.STRING, "the key between [ ]"),
                            index.start());
            case Syntax.Call call -> call(call);
        };
    }

    private Node literal(Syntax.Literal literal) {
        var plain = new Constant(literal.type(), literal.position(), literal.value());
        var duration =
                literal.value() instanceof String text
                        ? GoDuration.parse(text)
                        : Optional.<Duration>empty();
        if (duration.isEmpty()) {
            return plain;
        }
        var typed = new Constant(ValueType.DURATION, literal.position(), duration.get());
        texts.put(typed, plain);
        return typed;
    }

    /// The literal as a string, if it is one that reads as a duration and a string is wanted.
    private Node fit(Node node, ValueType wanted) {
        var text = wanted == ValueType.STRING ? texts.get(node) : null;
        return text == null ? node : text;
    }

    private Node attribute(Syntax.Name name) {
        var type = vocabulary.type(name.name());
        if (type.isPresent()) {
            return new Attribute(name.name(), type.get(), name.position());
        }
        throw new Fault(
                name.position(),
                "there is no attribute "
                        + name.name()
                        + NearNames.of(name.name(), vocabulary.names())
                                .map(near -> "; did you mean " + near + "?")
                                .orElse(""));
    }

    private Node typed(Syntax syntax, ValueType wanted, String where) {
        var node = fit(check(syntax), wanted);
        if (node.type() != wanted) {
            throw new Fault(
                    syntax.start(), where + " takes " + wanted + ", and this is " + node.type());
        }
        return node;
    }

    private List<Node> typed(List<Syntax> operands, ValueType wanted, String where) {
        var nodes = new ArrayList<Node>();
        for (var operand : operands) {
            nodes.add(typed(operand, wanted, where));
        }
        return nodes;
    }

    private Node chain(Syntax.Chain chain) {
        var operator = chain.operator();
        return switch (operator) {
            case AND, OR ->
                    Logic.of(operator, typed(chain.operands(), ValueType.BOOL, operator.sign()));
            case DEFAULT -> new Default(sameType(chain.operands(), "| takes values of one type"));
            case PLUS ->
                    Operation.join(
                            new Form.Infix(operator),
                            chain.start(),
                            typed(chain.operands(), ValueType.STRING, operator.sign())
                                    .toArray(new Node[0]));
            case EQUAL, NOT_EQUAL, LESS, AT_MOST, GREATER, AT_LEAST ->
                    throw new IllegalStateException("no chain: " + operator);
        };
    }

    /// The operands, all of the type of the first whose type is certain.
    private List<Node> sameType(List<Syntax> operands, String rule) {
        var nodes = new ArrayList<Node>();
        for (var operand : operands) {
            nodes.add(check(operand));
        }
        var wanted = nodes.getFirst().type();
        for (var node : nodes) {
            if (!texts.containsKey(node)) {
                wanted = node.type();
                break;
            }
        }
        for (var i = 0; i < nodes.size(); i++) {
            var node = fit(nodes.get(i), wanted);
            if (node.type() != wanted) {
                throw new Fault(
                        operands.get(i).start(),
                        rule + ": this is " + node.type() + ", the others " + wanted);
            }
            nodes.set(i, node);
        }
        return nodes;
    }

    private Node comparison(Syntax.Comparison comparison) {
        var operator = comparison.operator();
        var left = check(comparison.left());
        var right = check(comparison.right());
        left = fit(left, right.type());
        right = fit(right, left.type());
        var type = left.type();
        if (type != right.type()) {
            throw new Fault(
                    comparison.position(),
                    operator.sign()
                            + " compares values of one type; left is "
                            + type
                            + ", right is "
                            + right.type());
        }
        var hasOperator =
                operator == Operator.EQUAL || operator == Operator.NOT_EQUAL
                        ? type.hasEquality()
                        : type.isOrdered();
        if (!hasOperator) {
            throw new Fault(comparison.position(), operator.sign() + " does not work on " + type);
        }
        return Operation.of(
                new Form.Infix(operator),
                ValueType.BOOL,
                comparison.start(),
                operation(operator, type),
                left,
                right);
    }

    private static Operation.OfTwo operation(Operator operator, ValueType type) {
        var equality = Equality.of(type);
        return switch (operator) {
            case EQUAL -> equality::same;
            case NOT_EQUAL -> (left, right) -> !equality.same(left, right);
            case LESS -> (left, right) -> isNumber(left, right) && compare(left, right) < 0;
            case AT_MOST -> (left, right) -> isNumber(left, right) && compare(left, right) <= 0;
            case GREATER -> (left, right) -> isNumber(left, right) && compare(left, right) > 0;
            case AT_LEAST -> (left, right) -> isNumber(left, right) && compare(left, right) >= 0;
            case OR, AND, DEFAULT, PLUS ->
                    throw new IllegalStateException("no comparison: " + operator);
        };
    }

    /// Nothing compares with NaN.
    private static boolean isNumber(Object left, Object right) {
        return !(left instanceof Double first && first.isNaN())
                && !(right instanceof Double second && second.isNaN());
    }

    @SuppressWarnings("unchecked")
    private static int compare(Object left, Object right) {
        if (left instanceof Double first && right instanceof Double second) {
            double one = first;
            double two = second;
            return one < two ? -1 : one > two ? 1 : 0;
        }
        return ((Comparable<Object>) left).compareTo(right);
    }

    private Node call(Syntax.Call call) {
        return switch (call.function()) {
            case "conditional", "conditionalString" -> conditional(call);
            case "emptyStringMap" -> {
                requireFunction(call, 0);
                yield new Constant(ValueType.STRING_MAP, call.position(), Map.of());
            }
            case "size" -> size(call);
            default -> ofTexts(call);
        };
    }

    private Node conditional(Syntax.Call call) {
        var name = call.function();
        requireFunction(call, 3);
        var given = call.arguments().subList(1, 3);
        var branches =
                name.equals("conditional")
                        ? sameType(given, name + " gives values of one type")
                        : texts(call, given);
        var condition =
                typed(call.arguments().getFirst(), ValueType.BOOL, "the condition of " + name);
        return new Conditional(
                new Form.Function(name),
                condition,
                branches.getFirst(),
                branches.getLast(),
                call.position());
    }

    private Node size(Syntax.Call call) {
        requireFunction(call, 1);
        var value = call.arguments().getFirst();
        var operand = fit(check(value), ValueType.STRING);
        if (operand.type() != ValueType.STRING && operand.type() != ValueType.STRING_MAP) {
            throw new Fault(
                    value.start(),
                    "size takes STRING or STRING_MAP, and this is " + operand.type());
        }
        return folded(
                Operation.of(
                        new Form.Function(call.function()),
                        ValueType.INT64,
                        call.start(),
                        Functions::size,
                        operand));
    }

    private static void requireFunction(Syntax.Call call, int arguments) {
        var name = call.function();
        if (call.receiver() != null) {
            throw new Fault(
                    call.position(), name + " is a function, not a method: write " + name + "(…)");
        }
        requireCount(call, arguments);
    }

    private static void requireCount(Syntax.Call call, int count) {
        if (call.arguments().size() != count) {
            throw new Fault(
                    call.position(),
                    call.function()
                            + " takes "
                            + switch (count) {
                                case 0 -> "no argument";
                                case 1 -> "one argument";
                                default -> count + " arguments";
                            }
                            + ", not "
                            + call.arguments().size());
        }
    }

    private Node ofTexts(Syntax.Call call) {
        var name = call.function();
        return switch (Functions.ofTexts(name)) {
            case null ->
                    throw new Fault(
                            call.position(),
                            "there is no function "
                                    + name
                                    + "; there are "
                                    + String.join(", ", Functions.names()));
            case Functions.OfTexts.One function -> {
                requireFunction(call, 1);
                yield folded(
                        Operation.of(
                                new Form.Function(name),
                                function.result(),
                                call.start(),
                                function.operation(),
                                texts(call, call.arguments()).getFirst()));
            }
            case Functions.OfTexts.Two(_, var isMethod, var operation) -> {
                if (!isMethod) {
                    requireFunction(call, 2);
                    yield ofTwo(
                            new Form.Function(name),
                            call,
                            operation,
                            texts(call, call.arguments()));
                }
                if (call.receiver() == null) {
                    throw new Fault(
                            call.position(),
                            name
                                    + " is a method: write "
                                    + (name.equals("matches")
                                            ? "\"pattern\".matches(text)"
                                            : "text." + name + "(…)"));
                }
                requireCount(call, 1);
                var operands = texts(call, List.of(call.receiver(), call.arguments().getFirst()));
                yield ofTwo(
                        new Form.Method(name),
                        call,
                        name.equals("matches")
                                ? matching(call, operands.getFirst(), operation)
                                : operation,
                        operands);
            }
        };
    }

    private List<Node> texts(Syntax.Call call, List<Syntax> operands) {
        return typed(operands, ValueType.STRING, call.function());
    }

    private static Node ofTwo(
            Form form, Syntax.Call call, Operation.OfTwo operation, List<Node> operands) {
        return folded(
                Operation.of(
                        form,
                        ValueType.BOOL,
                        call.start(),
                        operation,
                        operands.getFirst(),
                        operands.getLast()));
    }

    /// A literal pattern is compiled once.
    private static Operation.OfTwo matching(
            Syntax.Call call, Node pattern, Operation.OfTwo otherwise) {
        if (!(pattern instanceof Constant constant && constant.value() instanceof String literal)) {
            return otherwise;
        }
        try {
            var compiled = Regexes.compile(literal);
            return (_, text) -> Functions.find(compiled, text);
        } catch (PatternSyntaxException e) {
            throw new Fault(
                    call.start(),
                    "the pattern is no regular expression of RE2: " + Regexes.fault(e));
        }
    }

    /// A function of literals is computed once; a failure stays for evaluation to find.
    private static Node folded(Operation operation) {
        var settled = operation.settled();
        return Constant.failure(settled) == null ? settled : operation;
    }
}
