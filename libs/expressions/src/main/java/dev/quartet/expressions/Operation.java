package dev.quartet.expressions;

/// An operation that needs a value of every operand: a comparison, `!`, `+`, most functions. It fails as soon as an
/// operand does.
abstract sealed class Operation extends Node {
    /// Gives a value or a [Signal], whose position is then replaced by the node's.
    interface OfOne {
        Object apply(Object operand);
    }

    /// As [OfOne].
    interface OfTwo {
        Object apply(Object left, Object right);
    }

    private Operation(ValueType type, int position, Form form, Node... operands) {
        super(type, position, form, operands);
    }

    static Operation of(Form form, ValueType type, int position, OfOne operation, Node operand) {
        return new One(form, type, position, operation, operand);
    }

    static Operation of(
            Form form, ValueType type, int position, OfTwo operation, Node left, Node right) {
        return new Two(form, type, position, operation, left, right);
    }

    /// `a + b + c`
    static Operation join(Form form, int position, Node... parts) {
        return new Join(form, position, parts);
    }

    /// The same with other operands.
    abstract Operation with(Node... operands);

    /// Failed as soon as an operand is, settled as soon as all are.
    final Node settled() {
        var all = true;
        for (var operand : operands()) {
            var failure = Constant.failure(operand);
            if (failure != null) {
                return new Constant(this, failure);
            }
            all &= operand instanceof Constant;
        }
        return all ? new Constant(this, evaluate(Attributes.EMPTY)) : this;
    }

    @Override
    final Node partial(Knowledge known) {
        var rest = new Node[operands().size()];
        for (var i = 0; i < rest.length; i++) {
            rest[i] = operands().get(i).partialValue(known);
        }
        return with(rest).settled();
    }

    final Object placed(Object result) {
        return result instanceof Signal signal ? new Signal(signal.message(), position()) : result;
    }

    private static final class One extends Operation {
        private final OfOne operation;
        private final Node operand;

        One(Form form, ValueType type, int position, OfOne operation, Node operand) {
            super(type, position, form, operand);
            this.operation = operation;
            this.operand = operand;
        }

        @Override
        Object evaluate(Attributes attributes) {
            var value = operand.value(attributes);
            return value instanceof Signal ? value : placed(operation.apply(value));
        }

        @Override
        Operation with(Node... operands) {
            return new One(form(), type(), position(), operation, operands[0]);
        }
    }

    private static final class Two extends Operation {
        private final OfTwo operation;
        private final Node left;
        private final Node right;

        Two(Form form, ValueType type, int position, OfTwo operation, Node left, Node right) {
            super(type, position, form, left, right);
            this.operation = operation;
            this.left = left;
            this.right = right;
        }

        @Override
        Object evaluate(Attributes attributes) {
            var first = left.value(attributes);
            if (first instanceof Signal) {
                return first;
            }
            var second = right.value(attributes);
            return second instanceof Signal ? second : placed(operation.apply(first, second));
        }

        @Override
        Operation with(Node... operands) {
            return new Two(form(), type(), position(), operation, operands[0], operands[1]);
        }
    }

    /// Flat, so that a long sum neither recurses nor copies its beginning again and again.
    private static final class Join extends Operation {
        private final Node[] parts;

        Join(Form form, int position, Node... parts) {
            super(ValueType.STRING, position, form, parts);
            this.parts = parts;
        }

        @Override
        Object evaluate(Attributes attributes) {
            var text = new StringBuilder();
            for (var part : parts) {
                var value = part.value(attributes);
                if (value instanceof Signal) {
                    return value;
                }
                text.append((String) value);
            }
            return text.toString();
        }

        @Override
        Operation with(Node... operands) {
            return new Join(form(), position(), operands);
        }
    }
}
