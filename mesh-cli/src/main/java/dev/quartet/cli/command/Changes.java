package dev.quartet.cli.command;

import dev.quartet.cli.admin.AdminClient;
import dev.quartet.cli.print.Json;
import dev.quartet.cli.print.Printable;
import dev.quartet.cli.print.Terminal;
import dev.quartet.cli.print.Terminal.Tone;
import java.time.Duration;
import java.util.LinkedHashMap;
import tools.jackson.databind.JsonNode;

/// Shows what a change of the config has done, and waits until it is in force: the common end of apply,
/// delete and rollback.
final class Changes {
    private static final String[] VERBS = {"created", "changed", "unchanged", "deleted", "missing"};

    private final AdminClient galley;
    private final Terminal terminal;
    private final boolean json;

    Changes(AdminClient galley, Terminal terminal, boolean json) {
        this.galley = galley;
        this.terminal = terminal;
        this.json = json;
    }

    /// @param change Galley's `ChangeView`
    /// @return the exit code
    int finish(JsonNode change, boolean wait, Duration limit) {
        var inForce = new InForce(galley, terminal, json);
        var revision = change.path("revision").asString();
        if (json) {
            var all = new LinkedHashMap<String, Object>();
            all.put("change", change);
            var exitCode = 0;
            if (wait) {
                var progress = inForce.await(revision, limit, false);
                all.put("inForce", progress.json());
                exitCode = progress.exitCode();
            }
            terminal.line(Json.pretty(all));
            return exitCode;
        }
        show(change);
        if (change.path("dryRun").asBoolean(false)) {
            terminal.line("dry run: nothing was changed");
            return 0;
        }
        if (!wait) {
            terminal.line(
                    "revision "
                            + Printable.line(revision)
                            + "; ./mesh wait tells when it is in force");
            return 0;
        }
        return inForce.print(inForce.await(revision, limit, false));
    }

    void show(JsonNode change) {
        for (var verb : VERBS) {
            for (var resource : change.path(verb)) {
                terminal.line(
                        Names.of(resource)
                                + " "
                                + terminal.tone(
                                        verb.equals("missing") ? Tone.WARN : Tone.STRONG,
                                        verb.equals("missing") ? "was not there" : verb));
            }
        }
        for (var resource : change.path("uncovered")) {
            terminal.line(
                    Tone.WARN,
                    "note: ",
                    Names.of(resource)
                            + " is in force again as the config directory or the defaults have it");
        }
        for (var untouched : change.path("untouched")) {
            terminal.line(Tone.WARN, "note: ", Printable.line(untouched.path("text").asString()));
        }
        for (var warning : change.path("warnings")) {
            terminal.line(Tone.WARN, "warning: ", Printable.line(warning.path("text").asString()));
        }
    }
}
