package dev.quartet.expressions;

import dev.quartet.expressions.Syntax.Operator;
import java.util.ArrayList;
import java.util.List;

/// `a && b && c` and `a || b || c`: ends at the first operand that settles it.
final class Logic extends Node {
    private final Node[] conditions;

    /// The value of a condition that ends it: false for `&&`, true for `||`.
    private final Boolean decisive;

    private Logic(Form form, boolean decisive, Node[] conditions) {
        super(ValueType.BOOL, conditions[0].position(), form, conditions);
        this.conditions = conditions;
        this.decisive = decisive;
    }

    static Logic of(Operator operator, List<Node> conditions) {
        return new Logic(
                new Form.Infix(operator), operator == Operator.OR, conditions.toArray(new Node[0]));
    }

    @Override
    Object evaluate(Attributes attributes) {
        for (var condition : conditions) {
            var value = condition.value(attributes);
            if (value instanceof Signal || decisive.equals(value)) {
                return value;
            }
        }
        return !decisive;
    }

    /// A decisive condition decides also behind unknown ones: the whole can then only be that, or fail. What can only be
    /// false or fail is false.
    @Override
    Node partial(Knowledge known) {
        var rest = new ArrayList<Node>();
        for (var condition : conditions) {
            var result = condition.partialValue(known);
            if (!(result instanceof Constant constant)) {
                rest.add(result);
            } else if (decisive.equals(constant.value())) {
                return new Constant(this, decisive);
            } else if (constant.value() instanceof Signal signal) {
                if (rest.isEmpty()) {
                    return new Constant(this, signal);
                }
                if (!decisive) {
                    return new Constant(this, false);
                }
                rest.add(result);
                break;
            }
        }
        return switch (rest.size()) {
            case 0 -> new Constant(this, !decisive);
            case 1 -> rest.getFirst();
            default -> new Logic(form(), decisive, rest.toArray(new Node[0]));
        };
    }
}
