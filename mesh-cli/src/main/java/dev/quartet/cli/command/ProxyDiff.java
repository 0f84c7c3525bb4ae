package dev.quartet.cli.command;

import dev.quartet.cli.print.Json;
import dev.quartet.cli.print.Printable;
import dev.quartet.cli.print.Table;
import dev.quartet.cli.print.Terminal;
import dev.quartet.cli.print.Terminal.Tone;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// Shows what a change would do to proxies, as Pilot tells it.
///
/// @param terminal to which it goes
record ProxyDiff(Terminal terminal) {
    /// Names that stand in one line; the others are counted.
    private static final int NAMES = 5;

    /// @param diff Pilot's `DiffView`
    /// @return the exit code: 1 when some proxy would notice, else 0
    int show(JsonNode diff, boolean json) {
        var touched = diff.path("touched").asInt(0);
        if (json) {
            terminal.line(Json.pretty(diff));
            return touched == 0 ? 0 : 1;
        }
        var table = new Table("PROXY", "TYPE", "WOULD", "RESOURCES");
        for (var proxy : diff.path("proxies")) {
            addTo(table, proxy);
        }
        if (!table.isEmpty()) {
            table.print(terminal);
        }
        details(diff);
        terminal.line(
                "%d of %d proxies would get another config"
                        .formatted(touched, touched + diff.path("untouched").asInt(0)));
        if (touched > diff.path("proxies").size()) {
            terminal.line("the first %d are shown".formatted(diff.path("proxies").size()));
        }
        for (var problem : diff.path("raised")) {
            terminal.line(
                    Tone.WARN, "would come up: ", Printable.line(problem.path("text").asString()));
        }
        for (var problem : diff.path("cleared")) {
            terminal.line(
                    Tone.GOOD, "would be gone: ", Printable.line(problem.path("text").asString()));
        }
        return touched == 0 ? 0 : 1;
    }

    private static void addTo(Table table, JsonNode proxy) {
        for (var type : proxy.path("types").properties()) {
            for (var effect : List.of("added", "changed", "removed")) {
                var count = type.getValue().path(effect).asInt(0);
                if (count > 0) {
                    table.row(
                            proxy.path("proxy").asString(),
                            type.getKey(),
                            verb(effect) + " " + count,
                            names(proxy.path("resources"), type.getKey(), effect, count));
                }
            }
        }
    }

    private static String verb(String effect) {
        return switch (effect) {
            case "added" -> "add";
            case "changed" -> "change";
            default -> "remove";
        };
    }

    private static String names(JsonNode resources, String type, String effect, int count) {
        var names = new ArrayList<String>();
        for (var resource : resources) {
            if (names.size() < NAMES
                    && resource.path("type").asString().equals(type)
                    && resource.path("change").asString().equals(effect)) {
                names.add(resource.path("name").asString());
            }
        }
        return String.join(", ", names)
                + (count > names.size() ? " and %d more".formatted(count - names.size()) : "");
    }

    /// Each resource once, however many proxies have it.
    private void details(JsonNode diff) {
        var shown = new ArrayList<JsonNode>();
        for (var proxy : diff.path("proxies")) {
            for (var resource : proxy.path("resources")) {
                if (resource.path("lines").isArray() && !shown.contains(resource)) {
                    shown.add(resource);
                }
            }
        }
        for (var resource : shown) {
            terminal.line(
                    terminal.tone(
                            Tone.STRONG,
                            Printable.line(
                                    resource.path("type").asString()
                                            + " "
                                            + resource.path("name").asString())));
            for (var line : resource.path("lines")) {
                var text = Printable.line(line.asString());
                terminal.line("  " + terminal.tone(tone(text), text));
            }
        }
    }

    private static Tone tone(String line) {
        return switch (line.isEmpty() ? ' ' : line.charAt(0)) {
            case '+' -> Tone.GOOD;
            case '-' -> Tone.BAD;
            default -> Tone.PLAIN;
        };
    }
}
