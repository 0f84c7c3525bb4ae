package dev.quartet.expressions;

import com.google.re2j.Pattern;
import dev.quartet.expressions.Syntax.Operator;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A typed, compiled expression: one small immutable object per operation. Nothing throws; what has no value or goes
/// wrong is a [Signal].
///
/// Only an attribute, a map entry, `|` and `conditional` can be [Signal#ABSENT]. Everywhere else an operand without a
/// value is a failure, which `|` does not catch: so it is in Istio's compiler, `mixer/pkg/il/compiler`.
sealed interface Node {
    ValueType type();

    /// Where the text of the node begins.
    int position();

    /// A value of [#type()], or a [Signal].
    Object evaluate(Attributes attributes);

    /// A [Constant] (of a value or a signal) if it is settled, else what remains to be evaluated.
    Node partial(Knowledge known);

    /// Names the attributes that evaluation may ask for.
    void references(Consumer<String> sink);

    void render(StringBuilder text);

    /// How strongly the node's own sign binds; [#ATOM] needs no parentheses.
    default int strength() {
        return ATOM;
    }

    /// The failure when the node is absent where a value is needed. Made once for nodes that can be absent.
    default Signal missing() {
        return Signal.missing(render(this), position());
    }

    default boolean canBeAbsent() {
        return false;
    }

    int ATOM = 10;

    static Object strict(Node node, Attributes attributes) {
        var value = node.evaluate(attributes);
        return value == Signal.ABSENT ? node.missing() : value;
    }

    /// [#partial(Knowledge)] where a value is needed: absent becomes a failure.
    static Node strictPartial(Node node, Knowledge known) {
        var rest = node.partial(known);
        return rest instanceof Constant constant && constant.value() == Signal.ABSENT
                ? Constant.of(node, node.missing())
                : rest;
    }

    static String render(Node node) {
        var text = new StringBuilder();
        node.render(text);
        return text.toString();
    }

    static void render(StringBuilder text, Node child, int strength) {
        if (child.strength() < strength) {
            text.append('(');
            child.render(text);
            text.append(')');
        } else {
            child.render(text);
        }
    }

    static boolean isFailure(Node node) {
        return node instanceof Constant(_, _, Signal signal, _) && signal != Signal.ABSENT;
    }

    /// An operation all of whose operands are needed. Settled as soon as they are, failed as soon as one is.
    static Node settle(Node rebuilt, Node... operands) {
        var all = true;
        for (var operand : operands) {
            if (isFailure(operand)) {
                return Constant.of(rebuilt, ((Constant) operand).value());
            }
            all &= operand instanceof Constant;
        }
        return all ? Constant.of(rebuilt, rebuilt.evaluate(Attributes.EMPTY)) : rebuilt;
    }

    /// A settled value, or a signal.
    ///
    /// @param origin what the value was made from; it is rendered where the value has no literal form
    record Constant(ValueType type, int position, Object value, @Nullable Node origin)
            implements Node {
        static Constant of(Node origin, Object value) {
            return new Constant(origin.type(), origin.position(), value, origin);
        }

        @Override
        public Object evaluate(Attributes attributes) {
            return value;
        }

        @Override
        public Node partial(Knowledge known) {
            return this;
        }

        @Override
        public void references(Consumer<String> sink) {}

        @Override
        public void render(StringBuilder text) {
            if (value instanceof Signal && origin != null && !(origin instanceof Constant)) {
                origin.render(text);
            } else if (value instanceof Map<?, ?> map && !map.isEmpty() && origin != null) {
                origin.render(text);
            } else {
                Literals.render(text, type, value);
            }
        }
    }

    final class Attribute implements Node {
        private final String name;
        private final ValueType type;
        private final int position;
        private final Class<?> javaType;
        private final Signal missing;

        Attribute(String name, ValueType type, int position) {
            this.name = name;
            this.type = type;
            this.position = position;
            this.javaType = type.javaType();
            this.missing = Signal.missing(name, position);
        }

        String name() {
            return name;
        }

        @Override
        public ValueType type() {
            return type;
        }

        @Override
        public int position() {
            return position;
        }

        @Override
        public Object evaluate(Attributes attributes) {
            var value = attributes.get(name);
            return value == null ? Signal.ABSENT : checked(value);
        }

        private Object checked(Object value) {
            if (value.getClass() == javaType || javaType.isInstance(value)) {
                return value;
            }
            return Signal.failure(
                    name
                            + " should be of type "
                            + type
                            + ", but the request has a "
                            + value.getClass().getSimpleName(),
                    position);
        }

        @Override
        public Node partial(Knowledge known) {
            return switch (known.attribute(name)) {
                case Knowledge.Fact.Known(var value) -> Constant.of(this, checked(value));
                case Knowledge.Fact.KnownAbsent() -> Constant.of(this, Signal.ABSENT);
                case Knowledge.Fact.Unknown() -> this;
            };
        }

        @Override
        public void references(Consumer<String> sink) {
            sink.accept(name);
        }

        @Override
        public void render(StringBuilder text) {
            text.append(name);
        }

        @Override
        public Signal missing() {
            return missing;
        }

        @Override
        public boolean canBeAbsent() {
            return true;
        }
    }

    /// `map["key"]` with an attribute as the map and a literal key.
    final class Entry implements Node {
        private final String map;
        private final String key;
        private final int position;
        private final Signal missing;

        Entry(String map, String key, int position) {
            this.map = map;
            this.key = key;
            this.position = position;
            this.missing = Signal.missing(Node.render(this), position);
        }

        @Override
        public ValueType type() {
            return ValueType.STRING;
        }

        @Override
        public int position() {
            return position;
        }

        @Override
        public Object evaluate(Attributes attributes) {
            var value = attributes.entry(map, key);
            return value == null ? Signal.ABSENT : value;
        }

        @Override
        public Node partial(Knowledge known) {
            return switch (known.entry(map, key)) {
                case Knowledge.Fact.Known(String value) -> Constant.of(this, value);
                case Knowledge.Fact.Known(var value) ->
                        Constant.of(
                                this,
                                Signal.failure(
                                        map + " should be a map of strings, not " + value,
                                        position));
                case Knowledge.Fact.KnownAbsent() -> Constant.of(this, Signal.ABSENT);
                case Knowledge.Fact.Unknown() -> this;
            };
        }

        @Override
        public void references(Consumer<String> sink) {
            sink.accept(Expression.entryName(map, key));
        }

        @Override
        public void render(StringBuilder text) {
            text.append(map).append('[');
            Literals.quote(text, key);
            text.append(']');
        }

        @Override
        public Signal missing() {
            return missing;
        }

        @Override
        public boolean canBeAbsent() {
            return true;
        }
    }

    /// `map[key]` with a key or a map that only evaluation gives. The key is evaluated first.
    final class Index implements Node {
        private final Node map;
        private final Node key;
        private final int position;
        private final Signal missing;

        Index(Node map, Node key, int position) {
            this.map = map;
            this.key = key;
            this.position = position;
            this.missing = Signal.missing(Node.render(this), position);
        }

        /// The cheapest node for the operands.
        static Node of(Node map, Node key, int position) {
            return map instanceof Attribute attribute
                            && key instanceof Constant(_, _, String text, _)
                    ? new Entry(attribute.name(), text, position)
                    : new Index(map, key, position);
        }

        @Override
        public ValueType type() {
            return ValueType.STRING;
        }

        @Override
        public int position() {
            return position;
        }

        @Override
        public Object evaluate(Attributes attributes) {
            var name = strict(key, attributes);
            if (name instanceof Signal) {
                return name;
            }
            if (map instanceof Attribute attribute) {
                var value = attributes.entry(attribute.name(), (String) name);
                return value == null ? Signal.ABSENT : value;
            }
            var entries = map.evaluate(attributes);
            return entries instanceof Signal ? entries : entry(entries, name);
        }

        private static Object entry(Object entries, Object name) {
            return ((Map<?, ?>) entries).get(name) instanceof String value ? value : Signal.ABSENT;
        }

        @Override
        public Node partial(Knowledge known) {
            var knownKey = strictPartial(key, known);
            if (isFailure(knownKey)) {
                return Constant.of(this, ((Constant) knownKey).value());
            }
            if (map instanceof Attribute && knownKey instanceof Constant) {
                return of(map, knownKey, position).partial(known);
            }
            var knownMap = map.partial(known);
            if (knownMap instanceof Constant constant) {
                if (knownKey instanceof Constant name) {
                    return Constant.of(
                            this,
                            constant.value() instanceof Signal
                                    ? constant.value()
                                    : entry(constant.value(), name.value()));
                }
                if (constant.value() instanceof Signal) {
                    knownMap = map;
                }
            }
            return of(knownMap, knownKey, position);
        }

        @Override
        public void references(Consumer<String> sink) {
            map.references(sink);
            key.references(sink);
        }

        @Override
        public void render(StringBuilder text) {
            Node.render(text, map, ATOM);
            text.append('[');
            key.render(text);
            text.append(']');
        }

        @Override
        public Signal missing() {
            return missing;
        }

        @Override
        public boolean canBeAbsent() {
            return true;
        }
    }

    /// `a | b | c`: the first that has a value.
    final class Default implements Node {
        private final Node[] operands;
        private final Signal missing;

        Default(List<Node> operands) {
            this.operands = operands.toArray(new Node[0]);
            this.missing = Signal.missing("every part of " + Node.render(this), position());
        }

        @Override
        public ValueType type() {
            return operands[0].type();
        }

        @Override
        public int position() {
            return operands[0].position();
        }

        @Override
        public Object evaluate(Attributes attributes) {
            for (var operand : operands) {
                var value = operand.evaluate(attributes);
                if (value != Signal.ABSENT) {
                    return value;
                }
            }
            return Signal.ABSENT;
        }

        @Override
        public Node partial(Knowledge known) {
            var rest = new ArrayList<Node>();
            for (var operand : operands) {
                var result = operand.partial(known);
                if (result instanceof Constant constant) {
                    if (constant.value() == Signal.ABSENT) {
                        continue;
                    }
                    if (rest.isEmpty()) {
                        return result;
                    }
                    rest.add(isFailure(result) ? operand : result);
                    break;
                }
                rest.add(result);
                if (!result.canBeAbsent()) {
                    break;
                }
            }
            return switch (rest.size()) {
                case 0 -> Constant.of(this, Signal.ABSENT);
                case 1 -> rest.getFirst();
                default -> new Default(rest);
            };
        }

        @Override
        public void references(Consumer<String> sink) {
            for (var operand : operands) {
                operand.references(sink);
            }
        }

        @Override
        public void render(StringBuilder text) {
            renderChain(text, Operator.DEFAULT, operands);
        }

        @Override
        public int strength() {
            return Operator.DEFAULT.strength();
        }

        @Override
        public Signal missing() {
            return missing;
        }

        @Override
        public boolean canBeAbsent() {
            return operands[operands.length - 1].canBeAbsent();
        }
    }

    private static void renderChain(StringBuilder text, Operator operator, Node... operands) {
        for (var i = 0; i < operands.length; i++) {
            if (i > 0) {
                text.append(' ').append(operator.sign()).append(' ');
            }
            render(text, operands[i], operator.strength() + (i > 0 ? 1 : 0));
        }
    }

    /// `conditional(condition, yes, no)`; only the branch that is taken is evaluated.
    final class Conditional implements Node {
        private final String function;
        private final Node condition;
        private final Node yes;
        private final Node no;
        private final int position;
        private final Signal missing;

        Conditional(String function, Node condition, Node yes, Node no, int position) {
            this.function = function;
            this.condition = condition;
            this.yes = yes;
            this.no = no;
            this.position = position;
            this.missing = Signal.missing("the branch taken by " + Node.render(this), position);
        }

        @Override
        public ValueType type() {
            return yes.type();
        }

        @Override
        public int position() {
            return position;
        }

        @Override
        public Object evaluate(Attributes attributes) {
            var holds = strict(condition, attributes);
            if (holds instanceof Signal) {
                return holds;
            }
            return ((Boolean) holds ? yes : no).evaluate(attributes);
        }

        @Override
        public Node partial(Knowledge known) {
            var holds = strictPartial(condition, known);
            if (holds instanceof Constant constant) {
                return constant.value() instanceof Signal signal
                        ? Constant.of(this, signal)
                        : ((Boolean) constant.value() ? yes : no).partial(known);
            }
            return new Conditional(
                    function, holds, branch(yes, known), branch(no, known), position);
        }

        private static Node branch(Node branch, Knowledge known) {
            return branch.partial(known) instanceof Node rest && !isSignal(rest) ? rest : branch;
        }

        private static boolean isSignal(Node node) {
            return node instanceof Constant constant && constant.value() instanceof Signal;
        }

        @Override
        public void references(Consumer<String> sink) {
            condition.references(sink);
            yes.references(sink);
            no.references(sink);
        }

        @Override
        public void render(StringBuilder text) {
            renderCall(text, null, function, condition, yes, no);
        }

        @Override
        public Signal missing() {
            return missing;
        }

        @Override
        public boolean canBeAbsent() {
            return yes.canBeAbsent() || no.canBeAbsent();
        }
    }

    private static void renderCall(
            StringBuilder text, @Nullable Node receiver, String function, Node... arguments) {
        if (receiver != null) {
            render(text, receiver, ATOM);
            text.append('.');
        }
        text.append(function).append('(');
        for (var i = 0; i < arguments.length; i++) {
            text.append(i > 0 ? ", " : "");
            arguments[i].render(text);
        }
        text.append(')');
    }

    /// `a && b && c` and `a || b || c`: ends at the first operand that settles it.
    ///
    /// @param operator AND or OR
    /// @param decisive the value of an operand that ends it: false for AND, true for OR
    record Logic(Operator operator, Boolean decisive, Node[] operands) implements Node {
        static Logic of(Operator operator, List<Node> operands) {
            return new Logic(operator, operator == Operator.OR, operands.toArray(new Node[0]));
        }

        @Override
        public ValueType type() {
            return ValueType.BOOL;
        }

        @Override
        public int position() {
            return operands[0].position();
        }

        @Override
        public Object evaluate(Attributes attributes) {
            for (var operand : operands) {
                var value = strict(operand, attributes);
                if (value instanceof Signal || decisive.equals(value)) {
                    return value;
                }
            }
            return !decisive;
        }

        /// A decisive operand decides also behind unknown ones: the whole can then only be that, or fail. What can
        /// only be false or fail is false.
        @Override
        public Node partial(Knowledge known) {
            var rest = new ArrayList<Node>();
            for (var operand : operands) {
                var result = strictPartial(operand, known);
                if (!(result instanceof Constant constant)) {
                    rest.add(result);
                } else if (decisive.equals(constant.value())) {
                    return Constant.of(this, decisive);
                } else if (constant.value() instanceof Signal signal) {
                    if (rest.isEmpty()) {
                        return Constant.of(this, signal);
                    }
                    if (!decisive) {
                        return Constant.of(this, false);
                    }
                    rest.add(operand);
                    break;
                }
            }
            return switch (rest.size()) {
                case 0 -> Constant.of(this, !decisive);
                case 1 -> rest.getFirst();
                default -> of(operator, rest);
            };
        }

        @Override
        public void references(Consumer<String> sink) {
            for (var operand : operands) {
                operand.references(sink);
            }
        }

        @Override
        public void render(StringBuilder text) {
            renderChain(text, operator, operands);
        }

        @Override
        public int strength() {
            return operator.strength();
        }
    }

    record Not(Node operand, int position) implements Node {
        @Override
        public ValueType type() {
            return ValueType.BOOL;
        }

        @Override
        public Object evaluate(Attributes attributes) {
            var value = strict(operand, attributes);
            return value instanceof Signal ? value : (Object) !((Boolean) value);
        }

        @Override
        public Node partial(Knowledge known) {
            var rest = strictPartial(operand, known);
            return settle(new Not(rest, position), rest);
        }

        @Override
        public void references(Consumer<String> sink) {
            operand.references(sink);
        }

        @Override
        public void render(StringBuilder text) {
            text.append('!');
            Node.render(text, operand, ATOM);
        }

        @Override
        public int strength() {
            return ATOM - 1;
        }
    }

    /// An operation on two values that are both needed: a comparison, `+`, or a function of two arguments.
    final class Two implements Node {
        /// Gives a value or a [Signal], whose position is then replaced by the operation's.
        interface Operation {
            Object apply(Object left, Object right);
        }

        private final Form form;
        private final ValueType type;
        private final Operation operation;
        private final Node left;
        private final Node right;
        private final int position;

        Two(Form form, ValueType type, Operation operation, Node left, Node right, int position) {
            this.form = form;
            this.type = type;
            this.operation = operation;
            this.left = left;
            this.right = right;
            this.position = position;
        }

        @Override
        public ValueType type() {
            return type;
        }

        @Override
        public int position() {
            return position;
        }

        @Override
        public Object evaluate(Attributes attributes) {
            var first = strict(left, attributes);
            if (first instanceof Signal) {
                return first;
            }
            var second = strict(right, attributes);
            if (second instanceof Signal) {
                return second;
            }
            var value = operation.apply(first, second);
            return value instanceof Signal signal
                    ? Signal.failure(signal.message(), position)
                    : value;
        }

        @Override
        public Node partial(Knowledge known) {
            var first = strictPartial(left, known);
            var second = strictPartial(right, known);
            return settle(new Two(form, type, operation, first, second, position), first, second);
        }

        @Override
        public void references(Consumer<String> sink) {
            left.references(sink);
            right.references(sink);
        }

        @Override
        public void render(StringBuilder text) {
            switch (form) {
                case Form.Infix(var operator) -> {
                    Node.render(text, left, operator.strength());
                    text.append(' ').append(operator.sign()).append(' ');
                    Node.render(text, right, operator.strength() + 1);
                }
                case Form.Function(var name) -> renderCall(text, null, name, left, right);
                case Form.Method(var name) -> renderCall(text, left, name, right);
            }
        }

        @Override
        public int strength() {
            return form instanceof Form.Infix(var operator) ? operator.strength() : ATOM;
        }
    }

    /// How an operation is written.
    sealed interface Form {
        record Infix(Operator operator) implements Form {}

        record Function(String name) implements Form {}

        record Method(String name) implements Form {}
    }

    /// A function of one argument.
    final class One implements Node {
        interface Operation {
            Object apply(Object argument);
        }

        private final String function;
        private final ValueType type;
        private final Operation operation;
        private final Node argument;
        private final int position;

        One(String function, ValueType type, Operation operation, Node argument, int position) {
            this.function = function;
            this.type = type;
            this.operation = operation;
            this.argument = argument;
            this.position = position;
        }

        @Override
        public ValueType type() {
            return type;
        }

        @Override
        public int position() {
            return position;
        }

        @Override
        public Object evaluate(Attributes attributes) {
            var value = strict(argument, attributes);
            if (value instanceof Signal) {
                return value;
            }
            var result = operation.apply(value);
            return result instanceof Signal signal
                    ? Signal.failure(signal.message(), position)
                    : result;
        }

        @Override
        public Node partial(Knowledge known) {
            var rest = strictPartial(argument, known);
            return settle(new One(function, type, operation, rest, position), rest);
        }

        @Override
        public void references(Consumer<String> sink) {
            argument.references(sink);
        }

        @Override
        public void render(StringBuilder text) {
            renderCall(text, null, function, argument);
        }
    }

    /// `"pattern".matches(text)` with a literal pattern, compiled once. Finds the pattern anywhere in the text.
    record Matches(Node pattern, Pattern compiled, Node text, int position) implements Node {
        @Override
        public ValueType type() {
            return ValueType.BOOL;
        }

        @Override
        public Object evaluate(Attributes attributes) {
            var value = strict(text, attributes);
            return value instanceof String subject
                    ? (Object) compiled.matcher(subject).find()
                    : value;
        }

        @Override
        public Node partial(Knowledge known) {
            var rest = strictPartial(text, known);
            return settle(new Matches(pattern, compiled, rest, position), rest);
        }

        @Override
        public void references(Consumer<String> sink) {
            text.references(sink);
        }

        @Override
        public void render(StringBuilder target) {
            renderCall(target, pattern, "matches", text);
        }
    }
}
