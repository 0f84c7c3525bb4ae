package dev.quartet.config;

/// Where something stands: in a user's file, or in a place that has no lines, say an object of Kubernetes.
///
/// @param line from 1; 0 where there are none
public record Position(String file, int line) {
    @Override
    public String toString() {
        return line == 0 ? file : file + ":" + line;
    }
}
