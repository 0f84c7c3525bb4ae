package dev.quartet.cli.command;

import dev.quartet.cli.Failure;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `mesh delete`.
@Command(
        name = "delete",
        description =
                "Deletes what was applied: one resource by kind and name, or all that files hold. Waits until no proxy has them any more.",
        mixinStandardHelpOptions = true)
public final class Delete implements Callable<Integer> {
    private final Surroundings surroundings;
    @Mixin private GalleyOptions galley = new GalleyOptions();
    @Mixin private WaitOptions waiting = new WaitOptions();

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "KIND",
            description = "VirtualService, vs, …")
    private @Nullable String kind;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "NAME",
            description = "Its name, or namespace/name.")
    private @Nullable String name;

    @Option(
            names = {"-f", "--file"},
            arity = "1..*",
            paramLabel = "FILE",
            description = "Files or folders of YAML or JSON, or - for the standard input.")
    private List<String> files = List.of();

    @Option(
            names = {"-n", "--namespace"},
            paramLabel = "NAMESPACE",
            description = "Its namespace (default: the only one that has the name).")
    private @Nullable String namespace;

    @Option(names = "--dry-run", description = "Only say what would be done.")
    private boolean dryRun;

    @Option(names = "--no-wait", description = "Do not wait until it is in force.")
    private boolean noWait;

    @Option(
            names = {"-o", "--output"},
            defaultValue = "table",
            paramLabel = "FORMAT",
            description = "table or json (default: ${DEFAULT-VALUE}).")
    private Format format = Format.TABLE;

    public Delete(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        if (files.isEmpty() == (kind == null) || (kind != null && name == null)) {
            throw new Failure(
                    "delete needs a kind and a name, or -f FILE, and not both",
                    "for example ./mesh delete virtualservice reviews -n shop",
                    2);
        }
        var client = galley.galley(surroundings);
        var end = "?dryRun=" + dryRun;
        var change =
                kind == null || name == null
                        ? client.post(
                                "/admin/v1/config/delete" + end,
                                Map.of("files", Documents.read(files, System.in)),
                                Duration.ofSeconds(60))
                        : client.delete(
                                new Lookup(client).path(Kinds.of(kind), name, namespace) + end,
                                Duration.ofSeconds(60));
        return new Changes(client, surroundings.terminal())
                .finish(change, format, !noWait, waiting.timeout);
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
