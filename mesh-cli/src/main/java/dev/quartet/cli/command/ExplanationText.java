package dev.quartet.cli.command;

import dev.quartet.cli.print.Printable;
import dev.quartet.cli.print.Terminal;
import dev.quartet.cli.print.Terminal.Tone;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// An explanation for people, from top to bottom as the request travels; the verdict is last, where the eye is.
final class ExplanationText {
    private static final String STAGE = "  %-12s";
    private static final String UNDER = " ".repeat(14);
    private static final String BECAUSE = "← ";

    private final Terminal terminal;
    private final Locations locations;

    ExplanationText(Terminal terminal, Locations locations) {
        this.terminal = terminal;
        this.locations = locations;
    }

    void print(JsonNode explanation) {
        terminal.line(Tone.STRONG, text(explanation, "request"), "");
        terminal.line(
                "from %s, config revision %s"
                        .formatted(
                                text(explanation, "from"),
                                Names.shortId(explanation.path("revision").asString(""))));
        explanation.path("hops").forEach(this::hop);
        terminal.line("");
        for (var note : explanation.path("notes")) {
            terminal.line(Tone.WARN, "note: ", Printable.line(note.asString("")));
        }
        var pilots = explanation.path("revision").asString("");
        if (!locations.revision().isEmpty() && !locations.revision().equals(pilots)) {
            terminal.line(
                    Tone.WARN,
                    "note: ",
                    "Galley has revision %s already, so lines may be of another text than Pilot's"
                            .formatted(Names.shortId(locations.revision())));
        }
        verdict(explanation);
    }

    private void verdict(JsonNode explanation) {
        var outcomes = explanation.path("outcomes");
        var good = true;
        for (var outcome : outcomes) {
            good &= isGood(outcome);
            if (outcomes.size() > 1) {
                terminal.under(
                        isGood(outcome) ? Tone.GOOD : Tone.BAD,
                        "%3.0f%% ".formatted(outcome.path("percent").asDouble()),
                        text(outcome, "text") + because(outcome));
            }
        }
        terminal.under(
                good ? Tone.GOOD : Tone.BAD,
                "→ ",
                text(explanation, "verdict")
                        + (outcomes.size() == 1 ? because(outcomes.get(0)) : ""));
    }

    private String because(JsonNode outcome) {
        var because = new LinkedHashSet<String>();
        outcome.path("because").forEach(it -> because.add(locations.text(it)));
        return because.isEmpty() ? "" : "; " + String.join("; ", because);
    }

    private static boolean isGood(JsonNode outcome) {
        return switch (outcome.path("end").asString("")) {
            case "ANSWERED", "CLOSED" -> false;
            default -> true;
        };
    }

    private void hop(JsonNode hop) {
        terminal.line("");
        var proxy = text(hop, "proxy");
        terminal.line(
                Tone.STRONG,
                hop.path("side").asString("").toLowerCase(Locale.ROOT) + " ",
                "%s, %s%s"
                        .formatted(
                                proxy,
                                text(hop, "kind"),
                                hop.path("connected").asBoolean(true)
                                        ? ""
                                        : " (assumed: not connected here)"));
        hop.path("steps").forEach(this::step);
    }

    private void step(JsonNode step) {
        var name = text(step, "name");
        var text = text(step, "text");
        terminal.under(
                Tone.FAINT,
                STAGE.formatted(text(step, "stage").toLowerCase(Locale.ROOT)),
                name.equals("none") ? text : name + ": " + text);
        var told = new LinkedHashSet<String>();
        because(step.path("because"), told);
        for (var detail : step.path("details")) {
            var own = new LinkedHashSet<String>();
            detail.path("because").forEach(it -> own.add(locations.text(it)));
            own.removeAll(told);
            terminal.under(
                    Tone.PLAIN,
                    UNDER + "- ",
                    text(detail, "text")
                            + (own.isEmpty() ? "" : " " + BECAUSE + String.join(", ", own)));
        }
        for (var passed : step.path("passed")) {
            var places = new LinkedHashSet<String>();
            passed.path("source")
                    .forEach(it -> {
                        var place = locations.place(it);
                        if (!place.isEmpty()) {
                            places.add(place);
                        }
                    });
            terminal.under(
                    Tone.FAINT,
                    UNDER + "not ",
                    "%s%s: %s"
                            .formatted(
                                    text(passed, "what"),
                                    places.isEmpty() ? "" : " (" + String.join(", ", places) + ")",
                                    text(passed, "why")));
        }
    }

    private void because(JsonNode sources, Set<String> told) {
        for (var source : sources) {
            var text = locations.text(source);
            if (told.add(text)) {
                terminal.under(Tone.FAINT, UNDER + BECAUSE, text);
            }
        }
    }

    private static String text(JsonNode node, String field) {
        return Printable.line(node.path(field).asString(""));
    }
}
