package dev.quartet.cli.command;

import dev.quartet.cli.admin.AdminClient;
import dev.quartet.cli.print.Json;
import dev.quartet.cli.print.Printable;
import dev.quartet.cli.print.Table;
import dev.quartet.cli.print.Terminal.Tone;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `mesh get`.
@Command(
        name = "get",
        description = "Shows the config in force: all of it, a kind, or one resource.",
        mixinStandardHelpOptions = true)
public final class Get implements Callable<Integer> {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final Surroundings surroundings;
    @Mixin private GalleyOptions galley = new GalleyOptions();

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "KIND",
            description = "VirtualService, vs, …; all kinds when left out.")
    private @Nullable String kind;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "NAME",
            description = "Its name, or namespace/name.")
    private @Nullable String name;

    @Option(
            names = {"-n", "--namespace"},
            paramLabel = "NAMESPACE",
            description = "Only this namespace.")
    private @Nullable String namespace;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description = "table, yaml or json (default: table for lists, yaml for one resource).")
    private @Nullable Format format;

    public Get(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        var client = galley.galley(surroundings);
        if (kind != null && name != null) {
            var path = new Lookup(client).path(Kinds.of(kind), name, namespace);
            if (format == Format.JSON) {
                surroundings.terminal().line(Json.pretty(client.get(path, TIMEOUT)));
            } else {
                yaml(client, path);
            }
            return 0;
        }
        var path =
                "/admin/v1/config?"
                        + (kind == null ? "" : "kind=" + Kinds.of(kind).label() + "&")
                        + (namespace == null ? "" : "namespace=" + Delete.encoded(namespace));
        switch (format == null ? Format.TABLE : format) {
            case YAML -> yaml(client, path);
            case JSON -> surroundings.terminal().line(Json.pretty(client.get(path, TIMEOUT)));
            case TABLE -> table(client, path);
        }
        return 0;
    }

    private void yaml(AdminClient client, String path) {
        surroundings
                .terminal()
                .line(Printable.of(client.text(path, "application/yaml", TIMEOUT)).stripTrailing());
    }

    private void table(AdminClient client, String path) {
        var table = new Table("KIND", "NAMESPACE", "NAME", "FROM", "PROBLEMS");
        var problems = new java.util.ArrayList<String>();
        for (var item : client.get(path, TIMEOUT).path("items")) {
            var count = item.path("problems").size();
            table.row(
                    count == 0 ? Tone.PLAIN : Tone.WARN,
                    item.path("kind").asString(),
                    item.path("namespace").asString("").isEmpty()
                            ? "-"
                            : item.path("namespace").asString(),
                    item.path("name").asString(),
                    item.path("origin").asString(),
                    count == 0 ? "-" : Integer.toString(count));
            item.path("problems")
                    .forEach(problem ->
                            problems.add(Printable.line(problem.path("text").asString())));
        }
        if (table.isEmpty()) {
            surroundings.terminal().line("nothing found");
            return;
        }
        table.print(surroundings.terminal());
        problems.forEach(problem ->
                surroundings
                        .terminal()
                        .line(surroundings.terminal().tone(Tone.WARN, "warning: ") + problem));
    }
}
