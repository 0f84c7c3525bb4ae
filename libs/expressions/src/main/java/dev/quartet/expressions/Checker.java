package dev.quartet.expressions;

import com.google.re2j.PatternSyntaxException;
import dev.quartet.expressions.Node.Constant;
import dev.quartet.expressions.Syntax.Operator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Gives every name and operation of the syntax its type, refuses what does not fit, and builds the nodes.
///
/// A string literal that reads as a duration (`"5s"`) is one, as in Istio; where a string is wanted it stays a string,
/// which Istio would refuse.
final class Checker {
    private final AttributeVocabulary vocabulary;

    Checker(AttributeVocabulary vocabulary) {
        this.vocabulary = vocabulary;
    }

    Node check(Syntax syntax) {
        return switch (syntax) {
            case Syntax.Literal literal -> literal(literal);
            case Syntax.Name name -> attribute(name);
            case Syntax.Not not ->
                    new Node.Not(typed(not.operand(), ValueType.BOOL, "!"), not.position());
            case Syntax.Chain chain -> chain(chain);
            case Syntax.Comparison comparison -> comparison(comparison);
            case Syntax.Index index ->
                    Node.Index.of(
                            typed(index.map(), ValueType.STRING_MAP, "[ ]"),
                            typed(index.key(), ValueType.STRING, "the key between [ ]"),
                            index.start());
            case Syntax.Call call -> call(call);
        };
    }

    private static Node literal(Syntax.Literal literal) {
        var plain = new Constant(literal.type(), literal.position(), literal.value(), null);
        if (literal.value() instanceof String text) {
            var duration = GoDuration.parse(text);
            if (duration.isPresent()) {
                return new Constant(ValueType.DURATION, literal.position(), duration.get(), plain);
            }
        }
        return plain;
    }

    /// The literal as a string, if it is one that reads as a duration and a string is wanted.
    private static Node fit(Node node, ValueType wanted) {
        return wanted == ValueType.STRING
                        && isFlexible(node)
                        && ((Constant) node).origin() instanceof Constant text
                ? text
                : node;
    }

    private static boolean isFlexible(Node node) {
        return node instanceof Constant(_, _, Duration _, Constant _);
    }

    private Node attribute(Syntax.Name name) {
        var type = vocabulary.type(name.name());
        if (type.isPresent()) {
            return new Node.Attribute(name.name(), type.get(), name.position());
        }
        var similar = vocabulary.similarTo(name.name());
        throw new Fault(
                name.position(),
                "there is no attribute "
                        + name.name()
                        + (similar == null ? "" : "; did you mean " + similar + "?"));
    }

    private Node typed(Syntax syntax, ValueType wanted, String where) {
        var node = fit(check(syntax), wanted);
        if (node.type() != wanted) {
            throw new Fault(
                    syntax.start(), where + " takes " + wanted + ", and this is " + node.type());
        }
        return node;
    }

    private Node chain(Syntax.Chain chain) {
        var operator = chain.operator();
        return switch (operator) {
            case AND, OR -> {
                var operands = new ArrayList<Node>();
                for (var operand : chain.operands()) {
                    operands.add(typed(operand, ValueType.BOOL, operator.sign()));
                }
                yield Node.Logic.of(operator, operands);
            }
            case DEFAULT ->
                    new Node.Default(sameType(chain.operands(), "| takes values of one type"));
            case PLUS -> {
                var sum = typed(chain.operands().getFirst(), ValueType.STRING, "+");
                for (var operand : chain.operands().subList(1, chain.operands().size())) {
                    sum =
                            new Node.Two(
                                    new Node.Form.Infix(operator),
                                    ValueType.STRING,
                                    (left, right) -> (String) left + right,
                                    sum,
                                    typed(operand, ValueType.STRING, "+"),
                                    chain.start());
                }
                yield sum;
            }
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
            if (!isFlexible(node)) {
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
        return new Node.Two(
                new Node.Form.Infix(operator),
                ValueType.BOOL,
                operation(operator, type),
                left,
                right,
                comparison.start());
    }

    private static Node.Two.Operation operation(Operator operator, ValueType type) {
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
        var name = call.function();
        if (name.equals("conditional") && call.receiver() == null) {
            requireCount(call, 3);
            var branches =
                    sameType(
                            call.arguments().subList(1, 3), "conditional gives values of one type");
            return conditional(call, branches.getFirst(), branches.getLast());
        }
        if (name.equals("size") && call.receiver() == null) {
            requireCount(call, 1);
            var argument = fit(check(call.arguments().getFirst()), ValueType.STRING);
            if (argument.type() != ValueType.STRING && argument.type() != ValueType.STRING_MAP) {
                throw new Fault(
                        call.arguments().getFirst().start(),
                        "size takes STRING or STRING_MAP, and this is " + argument.type());
            }
            return folded(
                    new Node.One(name, ValueType.INT64, Functions::size, argument, call.start()),
                    argument);
        }
        var signature = Functions.SIGNATURES.get(name);
        if (signature == null && !name.equals("conditional") && !name.equals("size")) {
            throw new Fault(
                    call.position(),
                    "there is no function "
                            + name
                            + "; there are "
                            + String.join(", ", Functions.names()));
        }
        if (signature == null || call.receiver() != null && signature.receiver() == null) {
            throw new Fault(
                    call.position(), name + " is a function, not a method: write " + name + "(…)");
        }
        if (call.receiver() == null && signature.receiver() != null) {
            throw new Fault(
                    call.position(),
                    name
                            + " is a method: write "
                            + (name.equals("matches")
                                    ? "\"pattern\".matches(text)"
                                    : "text." + name + "(…)"));
        }
        requireCount(call, signature.arguments().size());
        var arguments = new ArrayList<Node>();
        if (call.receiver() != null && signature.receiver() != null) {
            arguments.add(typed(call.receiver(), signature.receiver(), name));
        }
        for (var i = 0; i < call.arguments().size(); i++) {
            arguments.add(typed(call.arguments().get(i), signature.arguments().get(i), name));
        }
        return build(call, signature, arguments);
    }

    private static void requireCount(Syntax.Call call, int count) {
        if (call.arguments().size() != count) {
            throw new Fault(
                    call.position(),
                    call.function()
                            + " takes "
                            + (count == 0
                                    ? "no argument"
                                    : count == 1 ? "one argument" : count + " arguments")
                            + ", not "
                            + call.arguments().size());
        }
    }

    private Node conditional(Syntax.Call call, Node yes, Node no) {
        var condition =
                typed(
                        call.arguments().getFirst(),
                        ValueType.BOOL,
                        "the condition of " + call.function());
        return new Node.Conditional(call.function(), condition, yes, no, call.position());
    }

    private Node build(Syntax.Call call, Functions.Signature signature, List<Node> arguments) {
        return switch (call.function()) {
            case "conditionalString" ->
                    new Node.Conditional(
                            call.function(),
                            arguments.get(0),
                            arguments.get(1),
                            arguments.get(2),
                            call.position());
            case "emptyStringMap" ->
                    new Constant(ValueType.STRING_MAP, call.position(), java.util.Map.of(), null);
            case "match" -> two(call, signature, Functions::match, arguments);
            case "startsWith" -> two(call, signature, Functions::startsWith, arguments);
            case "endsWith" -> two(call, signature, Functions::endsWith, arguments);
            case "matches" -> matches(call, signature, arguments);
            case "toLower" -> one(call, signature, Functions::toLower, arguments);
            case "email" -> one(call, signature, Functions::email, arguments);
            case "dnsName" -> one(call, signature, Functions::dnsName, arguments);
            case "uri" -> one(call, signature, Functions::uri, arguments);
            case "ip" -> one(call, signature, Functions::ip, arguments);
            case "timestamp" -> one(call, signature, Functions::timestamp, arguments);
            default ->
                    throw new IllegalStateException(
                            "function without an implementation: " + call.function());
        };
    }

    private static Node matches(
            Syntax.Call call, Functions.Signature signature, List<Node> arguments) {
        if (!(arguments.getFirst() instanceof Constant(_, _, String pattern, _))) {
            return two(call, signature, Functions::matches, arguments);
        }
        try {
            var compiled = Regexes.compile(pattern);
            return folded(
                    new Node.Matches(
                            arguments.getFirst(), compiled, arguments.getLast(), call.start()),
                    arguments.getLast());
        } catch (PatternSyntaxException e) {
            throw new Fault(
                    call.start(),
                    "the pattern is no regular expression of RE2: " + Regexes.fault(e));
        }
    }

    private static Node two(
            Syntax.Call call,
            Functions.Signature signature,
            Node.Two.Operation operation,
            List<Node> arguments) {
        var form =
                signature.receiver() == null
                        ? new Node.Form.Function(call.function())
                        : new Node.Form.Method(call.function());
        var node =
                new Node.Two(
                        form,
                        signature.result(),
                        operation,
                        arguments.getFirst(),
                        arguments.getLast(),
                        call.start());
        return folded(node, arguments.toArray(new Node[0]));
    }

    private static Node one(
            Syntax.Call call,
            Functions.Signature signature,
            Node.One.Operation operation,
            List<Node> arguments) {
        var argument = arguments.getFirst();
        return folded(
                new Node.One(
                        call.function(), signature.result(), operation, argument, call.start()),
                argument);
    }

    /// A function of literals is computed once; a failure stays for evaluation to find.
    private static Node folded(Node node, Node... operands) {
        for (var operand : operands) {
            if (!(operand instanceof Constant)) {
                return node;
            }
        }
        var value = node.evaluate(Attributes.EMPTY);
        return value instanceof Signal ? node : Constant.of(node, value);
    }
}
