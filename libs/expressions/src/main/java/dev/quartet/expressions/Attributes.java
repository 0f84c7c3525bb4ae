package dev.quartet.expressions;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A bag of attributes, as an expression sees it. Values have the Java types of [ValueType].
/// A bag that answers from one request only needs no thread-safety.
public interface Attributes {
    /// A bag without anything.
    Attributes EMPTY = name -> null;

    /// The value, or null when the bag has none.
    @Nullable Object get(String name);

    /// One entry of an attribute of type `STRING_MAP`, or null when the map or the entry is absent. A bag that holds
    /// no map answers it directly, so that `request.headers["x"]` costs no map.
    default @Nullable String entry(String map, String key) {
        return get(map) instanceof Map<?, ?> entries && entries.get(key) instanceof String value
                ? value
                : null;
    }

    static Attributes of(Map<String, ?> values) {
        var copy = Map.copyOf(values);
        return copy::get;
    }
}
