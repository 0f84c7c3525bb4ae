package dev.quartet.config;

/// Where in a user's file something stands. `line` counts from 1.
public record Position(String file, int line) {
    @Override
    public String toString() {
        return file + ":" + line;
    }
}
