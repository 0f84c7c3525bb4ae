package dev.quartet.expressions;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A literal, or what partial evaluation has settled: a value or a signal.
final class Constant extends Node {
    private final Object value;

    Constant(ValueType type, int position, Object value) {
        super(type, position, new Form.Literal(type, value));
        this.value = value;
    }

    /// What `origin` turned out to be.
    Constant(Node origin, Object value) {
        super(
                origin.type(),
                origin.position(),
                hasLiteral(value)
                        ? new Form.Literal(origin.type(), value)
                        : new Form.Origin(origin));
        this.value = value;
    }

    private static boolean hasLiteral(Object value) {
        return !(value instanceof Signal) && !(value instanceof Map<?, ?> map && !map.isEmpty());
    }

    /// The constant's signal if the node is one that failed.
    static @Nullable Signal failure(Node node) {
        return node instanceof Constant constant
                        && constant.value instanceof Signal signal
                        && signal != Signal.ABSENT
                ? signal
                : null;
    }

    Object value() {
        return value;
    }

    @Override
    Object evaluate(Attributes attributes) {
        return value;
    }

    @Override
    boolean canBeAbsent() {
        return value == Signal.ABSENT;
    }

    @Override
    Node partial(Knowledge known) {
        return this;
    }
}
