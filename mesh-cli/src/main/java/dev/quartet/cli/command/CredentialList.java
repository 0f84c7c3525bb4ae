package dev.quartet.cli.command;

import dev.quartet.cli.print.Json;
import dev.quartet.cli.print.Printable;
import dev.quartet.cli.print.Table;
import dev.quartet.cli.print.Terminal.Tone;
import java.time.Clock;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `mesh credential list`.
@Command(
        name = "list",
        description = {
            "Shows the credentials that Citadel has, never their keys: what each shows, until when, and who may have it.",
            "On Kubernetes: the Secrets that gateways have asked for."
        },
        mixinStandardHelpOptions = true)
public final class CredentialList implements Callable<Integer> {
    private final Surroundings surroundings;
    private final Clock clock = Clock.systemUTC();
    @Mixin private final CitadelOptions citadel;
    @Mixin private final OutputOption output = new OutputOption();

    @Option(
            names = {"-n", "--namespace"},
            paramLabel = "NAMESPACE",
            description = "Those of one namespace (default: all).")
    private @Nullable String namespace;

    public CredentialList(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.citadel = new CitadelOptions(surroundings);
    }

    @Override
    public Integer call() {
        var terminal = surroundings.terminal();
        var all = citadel.client().get(Credential.PATH, Credential.TIMEOUT).path("credentials");
        var wanted =
                all.valueStream()
                        .filter(one ->
                                namespace == null
                                        || one.path("namespace").asString("").equals(namespace))
                        .toList();
        if (output.json()) {
            terminal.line(Json.pretty(wanted));
            return 0;
        }
        var table = new Table("CREDENTIAL", "EXPIRES IN", "SHOWS", "CALLERS", "FOR");
        var problems = new ArrayList<String>();
        for (var one : wanted) {
            var problem = one.path("problem");
            table.row(
                    problem.isObject() ? Tone.WARN : Tone.PLAIN,
                    Credential.name(one),
                    Credential.expires(one, clock),
                    Credential.shown(one),
                    Credential.callers(one),
                    Credential.accounts(one));
            if (problem.isObject()) {
                problems.add(
                        "what is written as %s is not in force: %s; %s"
                                .formatted(
                                        Credential.name(one),
                                        problem.path("detail").asString(""),
                                        problem.path("fix").asString("")));
            }
        }
        if (table.isEmpty()) {
            terminal.line("there is no credential");
            return 0;
        }
        table.print(terminal);
        problems.forEach(problem -> terminal.line(Tone.WARN, "warning: ", Printable.line(problem)));
        return 0;
    }
}
