package dev.quartet.cli.command;

import dev.quartet.cli.Failure;
import dev.quartet.cli.print.Json;
import dev.quartet.cli.print.Printable;
import dev.quartet.cli.print.Table;
import dev.quartet.cli.print.Terminal.Tone;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/// `mesh get`.
@Command(
        name = "get",
        description = "Shows the config in force: all of it, a kind, or one resource.",
        mixinStandardHelpOptions = true)
public final class Get implements Callable<Integer> {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private enum Format {
        TABLE,
        YAML,
        JSON
    }

    private final Surroundings surroundings;
    @Mixin private final GalleyOptions galley;
    @Mixin private final ResourceOptions resources = new ResourceOptions();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description = "table, yaml or json (default: table for lists, yaml for one resource).")
    private @Nullable Format format;

    public Get(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.galley = new GalleyOptions(surroundings);
    }

    @Override
    public Integer call() {
        if (resources.one() && format == Format.TABLE) {
            throw new Failure("one resource makes no table", "use -o yaml or -o json", 2);
        }
        var terminal = surroundings.terminal();
        var client = galley.client();
        var path = resources.path(client);
        var wanted = format != null ? format : resources.one() ? Format.YAML : Format.TABLE;
        switch (wanted) {
            case YAML ->
                    terminal.line(
                            Printable.of(client.text(path, "application/yaml", TIMEOUT))
                                    .stripTrailing());
            case JSON -> terminal.line(Json.pretty(client.get(path, TIMEOUT)));
            case TABLE -> table(client.get(path, TIMEOUT).path("items"));
        }
        return 0;
    }

    private void table(JsonNode items) {
        var table = new Table("KIND", "NAMESPACE", "NAME", "FROM", "PROBLEMS");
        var problems = new ArrayList<String>();
        for (var item : items) {
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
        var terminal = surroundings.terminal();
        if (table.isEmpty()) {
            terminal.line("nothing found");
            return;
        }
        table.print(terminal);
        problems.forEach(problem -> terminal.line(Tone.WARN, "warning: ", problem));
    }
}
