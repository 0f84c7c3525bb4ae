package dev.quartet.cli.command;

import dev.quartet.cli.print.Terminal.Tone;
import tools.jackson.databind.JsonNode;

/// How grave a problem is, in the words of the command line.
enum Gravity {
    ERROR(Tone.BAD),
    WARNING(Tone.WARN),
    NOTE(Tone.PLAIN);

    private final Tone tone;

    Gravity(Tone tone) {
        this.tone = tone;
    }

    /// @param problem as Galley tells it
    static Gravity of(JsonNode problem) {
        return switch (problem.path("severity").asString()) {
            case "ERROR" -> ERROR;
            case "WARNING" -> WARNING;
            default -> NOTE;
        };
    }

    Tone tone() {
        return tone;
    }

    /// `error`
    String word() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    boolean isAtLeast(Gravity threshold) {
        return compareTo(threshold) <= 0;
    }
}
