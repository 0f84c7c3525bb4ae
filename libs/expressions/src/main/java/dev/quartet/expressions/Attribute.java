package dev.quartet.expressions;

import java.util.function.Consumer;

/// `request.path`
final class Attribute extends Node {
    private final String name;
    private final Class<?> javaType;

    Attribute(String name, ValueType type, int position) {
        super(type, position, new Form.Name(name));
        this.name = name;
        this.javaType = type.javaType();
    }

    String name() {
        return name;
    }

    @Override
    Object evaluate(Attributes attributes) {
        var value = attributes.get(name);
        return value == null ? Signal.ABSENT : checked(value);
    }

    private Object checked(Object value) {
        if (value.getClass() == javaType || javaType.isInstance(value)) {
            return value;
        }
        return new Signal(
                name
                        + " should be of type "
                        + type()
                        + ", but the request has a "
                        + value.getClass().getSimpleName(),
                position());
    }

    @Override
    Node partial(Knowledge known) {
        return switch (known.attribute(name)) {
            case Knowledge.Fact.Known(var value) -> new Constant(this, checked(value));
            case Knowledge.Fact.KnownAbsent() -> new Constant(this, Signal.ABSENT);
            case Knowledge.Fact.Unknown() -> this;
        };
    }

    @Override
    void references(Consumer<String> sink) {
        sink.accept(name);
    }

    @Override
    boolean canBeAbsent() {
        return true;
    }
}
