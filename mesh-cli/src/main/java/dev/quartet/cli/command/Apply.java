package dev.quartet.cli.command;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `mesh apply`.
@Command(
        name = "apply",
        description = {
            "Applies the resources of files, all or nothing, and waits until every proxy has them.",
            "One error anywhere and nothing is applied; every problem is shown with file, line and field."
        },
        mixinStandardHelpOptions = true)
public final class Apply implements Callable<Integer> {
    private final Surroundings surroundings;
    @Mixin private GalleyOptions galley = new GalleyOptions();
    @Mixin private WaitOptions waiting = new WaitOptions();

    @Option(
            names = {"-f", "--file"},
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description = "Files or folders of YAML or JSON, or - for the standard input.")
    private List<String> files = List.of();

    @Option(names = "--dry-run", description = "Only say what would be done, and what is wrong.")
    private boolean dryRun;

    @Option(names = "--no-wait", description = "Do not wait until it is in force.")
    private boolean noWait;

    @Option(
            names = {"-o", "--output"},
            defaultValue = "table",
            paramLabel = "FORMAT",
            description = "table or json (default: ${DEFAULT-VALUE}).")
    private Format format = Format.TABLE;

    public Apply(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        var client = galley.galley(surroundings);
        var documents = Documents.read(files, System.in);
        var change =
                client.post(
                        "/admin/v1/config/apply?dryRun=" + dryRun,
                        Map.of("files", documents),
                        Duration.ofSeconds(60));
        return new Changes(client, surroundings.terminal())
                .finish(change, format, !noWait, waiting.timeout);
    }
}
