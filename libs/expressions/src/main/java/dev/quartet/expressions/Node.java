package dev.quartet.expressions;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A typed, compiled expression: one small object per operation. Nothing throws; what has no value or goes wrong is a
/// [Signal].
///
/// Only an attribute, a map entry, `|` and `conditional` can be [Signal#ABSENT]. Everywhere else an operand without a
/// value is a failure, which `|` does not catch: so it is in Istio's compiler, `mixer/pkg/il/compiler`.
abstract sealed class Node
        permits Constant, Attribute, Entry, Index, Default, Conditional, Logic, Operation {
    private final ValueType type;
    private final int position;
    private final Form form;
    private final List<Node> operands;

    /// Made at the first need, so that an absent attribute costs no garbage per request. Two threads may make it twice.
    private @Nullable Signal missing;

    Node(ValueType type, int position, Form form, Node... operands) {
        this.type = type;
        this.position = position;
        this.form = form;
        this.operands = List.of(operands);
    }

    final ValueType type() {
        return type;
    }

    /// Where the text of the node begins.
    final int position() {
        return position;
    }

    final Form form() {
        return form;
    }

    /// In the order of the text.
    final List<Node> operands() {
        return operands;
    }

    /// A value of [#type()], or a [Signal].
    abstract Object evaluate(Attributes attributes);

    /// A [Constant] (of a value or a signal) if it is settled, else what remains to be evaluated.
    abstract Node partial(Knowledge known);

    boolean canBeAbsent() {
        return false;
    }

    /// What of it has no value when it is absent; stands before its text.
    String absentPart() {
        return "";
    }

    /// The failure that an absent node is where a value is needed.
    final Signal missing() {
        var made = missing;
        if (made == null) {
            made = Signal.missing(absentPart() + this, position);
            missing = made;
        }
        return made;
    }

    /// [#evaluate(Attributes)] where a value is needed.
    final Object value(Attributes attributes) {
        var value = evaluate(attributes);
        return value == Signal.ABSENT ? missing() : value;
    }

    /// [#partial(Knowledge)] where a value is needed.
    final Node partialValue(Knowledge known) {
        var rest = partial(known);
        return rest instanceof Constant constant && constant.value() == Signal.ABSENT
                ? new Constant(this, missing())
                : rest;
    }

    /// Names the attributes that evaluation may ask for.
    void references(Consumer<String> sink) {
        for (var operand : operands) {
            operand.references(sink);
        }
    }

    final void render(StringBuilder text) {
        form.render(text, operands);
    }

    /// In parentheses if its own sign binds less than `strength`.
    final void render(StringBuilder text, int strength) {
        if (strength() < strength) {
            text.append('(');
            render(text);
            text.append(')');
        } else {
            render(text);
        }
    }

    final int strength() {
        return form.strength();
    }

    /// The text that compiles to this node.
    @Override
    public final String toString() {
        var text = new StringBuilder();
        render(text);
        return text.toString();
    }
}
