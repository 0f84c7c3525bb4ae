package dev.quartet.benchmarks;

import java.util.Collection;

/// The middle of a few measurements.
final class Median {
    private Median() {}

    /// @throws IllegalArgumentException for none
    static double of(Collection<Double> values) {
        var sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        if (sorted.length == 0) {
            throw new IllegalArgumentException("nothing was measured");
        }
        var middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
