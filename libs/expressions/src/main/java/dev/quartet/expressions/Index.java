package dev.quartet.expressions;

import java.util.Map;

/// `map[key]` with a key or a map that only evaluation gives. The key is evaluated first.
final class Index extends Node {
    private final Node map;
    private final Node key;

    private Index(Node map, Node key, int position) {
        super(ValueType.STRING, position, new Form.Element(), map, key);
        this.map = map;
        this.key = key;
    }

    /// The cheapest node for the operands.
    static Node of(Node map, Node key, int position) {
        return map instanceof Attribute attribute
                        && key instanceof Constant constant
                        && constant.value() instanceof String
                ? new Entry(attribute, constant, position)
                : new Index(map, key, position);
    }

    @Override
    Object evaluate(Attributes attributes) {
        var name = key.value(attributes);
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
    Node partial(Knowledge known) {
        var knownKey = key.partialValue(known);
        var failure = Constant.failure(knownKey);
        if (failure != null) {
            return new Constant(this, failure);
        }
        if (map instanceof Attribute && knownKey instanceof Constant) {
            return of(map, knownKey, position()).partial(known);
        }
        var rest = of(map.partial(known), knownKey, position());
        return rest.operands().stream().allMatch(Constant.class::isInstance)
                ? new Constant(this, rest.evaluate(Attributes.EMPTY))
                : rest;
    }

    @Override
    boolean canBeAbsent() {
        return true;
    }
}
