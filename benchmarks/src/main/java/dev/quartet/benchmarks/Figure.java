package dev.quartet.benchmarks;

import org.jspecify.annotations.Nullable;

/// One measured number; smaller is better.
///
/// @param goal in the same unit; null where there is none
public record Figure(String figure, double value, String unit, @Nullable Double goal) {
    public boolean met() {
        return goal == null || value <= goal;
    }
}
