package dev.quartet.mixer.adapter;

import java.util.Arrays;
import java.util.List;

/// The values of a metric's labels, in the order in which its adapter named them. Immutable, with its hash worked out
/// once: the same key looks up every metric that has the same labels.
public final class LabelValues {
    private final String[] values;
    private final int hash;

    private LabelValues(String[] values) {
        this.values = values;
        this.hash = Arrays.hashCode(values);
    }

    /// Takes `values` over: the caller must not write to it again.
    public static LabelValues owning(String[] values) {
        return new LabelValues(values);
    }

    public static LabelValues of(String... values) {
        return new LabelValues(values.clone());
    }

    public int size() {
        return values.length;
    }

    public String value(int index) {
        return values[index];
    }

    public List<String> asList() {
        return List.of(values);
    }

    @Override
    public boolean equals(Object other) {
        return this == other
                || other instanceof LabelValues that
                        && hash == that.hash
                        && Arrays.equals(values, that.values);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return Arrays.toString(values);
    }
}
