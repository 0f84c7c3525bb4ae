package dev.quartet.cli.command;

import dev.quartet.cli.Failure;
import dev.quartet.cli.print.Json;
import dev.quartet.cli.print.Printable;
import dev.quartet.cli.print.Table;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/// `mesh revisions`.
@Command(
        name = "revisions",
        description = {
            "Shows what was in force, the newest first: when, by what change, by whom, and what it changed.",
            "BY is what is proven (whoever holds the admin token, an edited file of the config directory, Galley itself when it started); a name behind \"says\" is what that caller called himself."
        },
        mixinStandardHelpOptions = true)
public final class Revisions implements Callable<Integer> {
    static final String PATH = "/admin/v1/config/revisions";
    static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final List<String> VERBS = List.of("created", "changed", "deleted");

    private final Surroundings surroundings;
    private final Clock clock = Clock.systemUTC();
    @Mixin private final GalleyOptions galley;
    @Mixin private final OutputOption output = new OutputOption();

    @Option(
            names = "--limit",
            defaultValue = "20",
            paramLabel = "N",
            description = "How many (default: ${DEFAULT-VALUE}).")
    private int limit;

    public Revisions(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.galley = new GalleyOptions(surroundings);
    }

    @Override
    public Integer call() {
        if (limit < 1) {
            throw new Failure("--limit is " + limit, "use a number from 1 on", 2);
        }
        var terminal = surroundings.terminal();
        var log = galley.client().get(PATH + "?limit=" + limit, TIMEOUT);
        if (output.json()) {
            terminal.line(Json.pretty(log));
            return 0;
        }
        var table = new Table("NUMBER", "REVISION", "AGE", "CHANGE", "BY", "WHAT");
        for (var revision : log.path("revisions")) {
            table.row(
                    revision.path("number").asString(),
                    Names.shortId(revision.path("id").asString("")),
                    age(revision.path("at").asString("")),
                    revision.path("change").asString(),
                    by(revision),
                    what(revision));
        }
        if (!table.isEmpty()) {
            table.print(terminal);
        } else {
            terminal.line(none(log));
        }
        return 0;
    }

    /// Why there are none.
    static String none(JsonNode log) {
        return log.path("recording").asBoolean(true)
                ? "nothing was recorded yet"
                : "this Galley records no revisions";
    }

    private String age(String at) {
        try {
            var age = Duration.between(Instant.parse(at), clock.instant());
            return Status.duration(Math.max(0, age.toSeconds()));
        } catch (DateTimeParseException _) {
            return "-";
        }
    }

    private static String by(JsonNode revision) {
        var claimed = revision.path("claimedAuthor");
        return revision.path("author").asString("-")
                + (claimed.isString() ? ", says " + claimed.asString() : "");
    }

    private static String what(JsonNode revision) {
        var parts = new ArrayList<String>();
        for (var verb : VERBS) {
            var resources = revision.path(verb);
            if (resources.size() == 1) {
                parts.add(verb + " " + Names.of(resources.get(0)));
            } else if (resources.size() > 1) {
                parts.add(verb + " " + resources.size());
            }
        }
        var what = parts.isEmpty() ? "no resource" : String.join(", ", parts);
        var message = revision.path("message");
        return message.isString() ? what + ": " + Printable.line(message.asString()) : what;
    }
}
