package dev.quartet.cli.command;

import dev.quartet.cli.admin.AdminClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/// What apply and delete share: where Galley is, and how far a change goes and is followed.
final class ChangeOptions {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Surroundings surroundings;
    @Mixin private final GalleyOptions galley;
    @Mixin private final WaitOptions waiting = new WaitOptions();
    @Mixin private final OutputOption output = new OutputOption();

    @Option(names = "--dry-run", description = "Only say what would be done, and what is wrong.")
    private boolean dryRun;

    @Option(names = "--no-wait", description = "Do not wait until it is in force.")
    private boolean noWait;

    ChangeOptions(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.galley = new GalleyOptions(surroundings);
    }

    /// Sends the files to one of Galley's operations, and shows what becomes of it.
    ///
    /// @return the exit code
    int post(String operation, List<String> files) {
        var client = galley.client();
        var body = Map.of("files", Documents.read(files, System.in));
        return follow(client, client.post(operation + query(), body, LIMIT));
    }

    /// Deletes one resource, and shows what becomes of it.
    ///
    /// @return the exit code
    int delete(ResourceOptions resource) {
        var client = galley.client();
        return follow(client, client.delete(resource.path(client) + query(), LIMIT));
    }

    private String query() {
        return "?dryRun=" + dryRun;
    }

    private int follow(AdminClient client, JsonNode change) {
        return new Changes(client, surroundings.terminal(), output.json())
                .finish(change, !noWait && !dryRun, waiting.timeout);
    }
}
