package dev.quartet.config.schema;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/// Copies of maps that iterate in key order, so that equal resources give equal bytes everywhere.
public final class SortedMaps {
    private SortedMaps() {}

    /// @throws NullPointerException on a null key
    public static <K extends Comparable<K>, V> Map<K, V> copyOf(Map<K, V> map) {
        return map.isEmpty() ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(map));
    }
}
