package dev.quartet.expressions;

import dev.quartet.expressions.Syntax.Operator;
import java.util.ArrayList;
import java.util.List;

/// `a | b | c`: the first that has a value.
final class Default extends Node {
    private final Node[] parts;

    Default(List<Node> parts) {
        this(parts.toArray(new Node[0]));
    }

    private Default(Node[] parts) {
        super(parts[0].type(), parts[0].position(), new Form.Infix(Operator.DEFAULT), parts);
        this.parts = parts;
    }

    @Override
    Object evaluate(Attributes attributes) {
        for (var part : parts) {
            var value = part.evaluate(attributes);
            if (value != Signal.ABSENT) {
                return value;
            }
        }
        return Signal.ABSENT;
    }

    @Override
    Node partial(Knowledge known) {
        var rest = new ArrayList<Node>();
        for (var part : parts) {
            var result = part.partial(known);
            if (result instanceof Constant constant) {
                if (constant.value() == Signal.ABSENT) {
                    continue;
                }
                if (rest.isEmpty()) {
                    return result;
                }
                rest.add(result);
                break;
            }
            rest.add(result);
            if (!result.canBeAbsent()) {
                break;
            }
        }
        return switch (rest.size()) {
            case 0 -> new Constant(this, Signal.ABSENT);
            case 1 -> rest.getFirst();
            default -> new Default(rest);
        };
    }

    @Override
    boolean canBeAbsent() {
        return parts[parts.length - 1].canBeAbsent();
    }

    @Override
    String absentPart() {
        return "every part of ";
    }
}
