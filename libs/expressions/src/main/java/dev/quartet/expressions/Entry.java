package dev.quartet.expressions;

import java.util.function.Consumer;

/// `map["key"]` with an attribute as the map and a literal key: what nearly all rules write, and the fast way.
final class Entry extends Node {
    private final String map;
    private final String key;

    Entry(Attribute map, Constant key, int position) {
        super(ValueType.STRING, position, new Form.Element(), map, key);
        this.map = map.name();
        this.key = (String) key.value();
    }

    @Override
    Object evaluate(Attributes attributes) {
        var value = attributes.entry(map, key);
        return value == null ? Signal.ABSENT : value;
    }

    @Override
    Node partial(Knowledge known) {
        return switch (known.entry(map, key)) {
            case Knowledge.Fact.Known(String value) -> new Constant(this, value);
            case Knowledge.Fact.Known(var value) ->
                    new Constant(
                            this,
                            new Signal(
                                    map + " should be a map of strings, not " + value, position()));
            case Knowledge.Fact.KnownAbsent() -> new Constant(this, Signal.ABSENT);
            case Knowledge.Fact.Unknown() -> this;
        };
    }

    @Override
    void references(Consumer<String> sink) {
        sink.accept(Expression.entryName(map, key));
    }

    @Override
    boolean canBeAbsent() {
        return true;
    }
}
