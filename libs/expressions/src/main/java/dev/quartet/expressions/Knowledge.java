package dev.quartet.expressions;

import java.util.LinkedHashMap;
import java.util.Map;

/// What is known of attributes before a request comes: for each one a value, that it will be absent, or nothing.
/// Implementations are immutable.
public interface Knowledge {
    /// Nothing is known.
    Knowledge NOTHING = name -> new Fact.Unknown();

    Fact attribute(String name);

    /// One entry of an attribute of type `STRING_MAP`; a known value is a [String].
    default Fact entry(String map, String key) {
        return switch (attribute(map)) {
            case Fact.Known(Map<?, ?> entries) -> {
                var value = entries.get(key);
                yield value == null ? new Fact.KnownAbsent() : new Fact.Known(value);
            }
            case Fact.Known other -> other;
            case Fact.KnownAbsent absent -> absent;
            case Fact.Unknown unknown -> unknown;
        };
    }

    /// What is known of one attribute or entry.
    sealed interface Fact {
        record Known(Object value) implements Fact {}

        record KnownAbsent() implements Fact {}

        record Unknown() implements Fact {}
    }

    static Builder builder() {
        return new Builder();
    }

    /// Collects facts; what is not named stays unknown. Not thread-safe.
    final class Builder {
        private final Map<String, Fact> facts = new LinkedHashMap<>();

        private Builder() {}

        /// @param value has the Java type of the attribute's [ValueType]; a map is known with all its entries
        public Builder known(String name, Object value) {
            facts.put(
                    name, new Fact.Known(value instanceof Map<?, ?> map ? Map.copyOf(map) : value));
            return this;
        }

        public Builder absent(String name) {
            facts.put(name, new Fact.KnownAbsent());
            return this;
        }

        /// One entry of a map of which the rest stays unknown.
        public Builder knownEntry(String map, String key, String value) {
            facts.put(Expression.entryName(map, key), new Fact.Known(value));
            return this;
        }

        public Builder absentEntry(String map, String key) {
            facts.put(Expression.entryName(map, key), new Fact.KnownAbsent());
            return this;
        }

        public Knowledge build() {
            var known = Map.copyOf(facts);
            return new Knowledge() {
                @Override
                public Fact attribute(String name) {
                    return known.getOrDefault(name, new Fact.Unknown());
                }

                @Override
                public Fact entry(String map, String key) {
                    var fact = known.get(Expression.entryName(map, key));
                    return fact == null ? Knowledge.super.entry(map, key) : fact;
                }
            };
        }
    }
}
