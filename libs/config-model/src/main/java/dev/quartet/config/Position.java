package dev.quartet.config;

import org.jspecify.annotations.Nullable;

/// Where something stands: in a user's file, or in a place that has no lines, say an object of Kubernetes.
///
/// @param line from 1; 0 where there are none
public record Position(String file, int line) {
    /// Null where there are none.
    public @Nullable Integer lineOrNull() {
        return line == 0 ? null : (Integer) line;
    }

    @Override
    public String toString() {
        return line == 0 ? file : file + ":" + line;
    }
}
