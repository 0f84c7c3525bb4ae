package dev.quartet.cli.command;

import dev.quartet.cli.Failure;
import dev.quartet.cli.admin.AdminClient;
import dev.quartet.cli.print.Printable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/// What apply, delete and rollback share: where Galley is, and how far a change goes and is followed.
final class ChangeOptions {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String ROLLBACK = "/admin/v1/config/rollback";

    private final Surroundings surroundings;
    @Mixin private final GalleyOptions galley;
    @Mixin private final WaitOptions waiting = new WaitOptions();
    @Mixin private final OutputOption output = new OutputOption();

    @Option(names = "--dry-run", description = "Only say what would be done, and what is wrong.")
    private boolean dryRun;

    @Option(names = "--no-wait", description = "Do not wait until it is in force.")
    private boolean noWait;

    @Option(
            names = {"-m", "--message"},
            paramLabel = "TEXT",
            description = "Why, for those who read mesh revisions.")
    private @Nullable String message;

    ChangeOptions(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.galley = new GalleyOptions(surroundings);
    }

    /// Sends the files to one of Galley's operations, and shows what becomes of it.
    ///
    /// @return the exit code
    int post(String operation, List<String> files) {
        var client = client();
        var body = Map.of("files", Documents.read(files, System.in));
        return follow(client, client.post(operation + query(dryRun), body, LIMIT));
    }

    /// Deletes one resource, and shows what becomes of it.
    ///
    /// @return the exit code
    int delete(ResourceOptions resource) {
        var client = client();
        return follow(client, client.delete(resource.path(client) + query(dryRun), LIMIT));
    }

    /// Puts back what was applied in a revision. Without a yes it shows what that would change and asks.
    ///
    /// @return the exit code
    int rollback(String revision, boolean yes) {
        var client = client();
        var body = Map.of("revision", revision);
        if (dryRun || yes) {
            return follow(client, client.post(ROLLBACK + query(dryRun), body, LIMIT));
        }
        var terminal = surroundings.terminal();
        if (!terminal.asks() || output.json()) {
            throw new Failure(
                    "rollback asks before it changes anything, and here is nobody to answer",
                    "say --yes, or --dry-run to see what it would change",
                    2);
        }
        var would = client.post(ROLLBACK + query(true), body, LIMIT);
        terminal.line("a rollback to " + Printable.line(revision) + " would do this:");
        new Changes(client, terminal, false).show(would);
        if (would.path("created").isEmpty()
                && would.path("changed").isEmpty()
                && would.path("deleted").isEmpty()) {
            terminal.line("nothing to do: what was applied is what it was in that revision");
            return 0;
        }
        if (!terminal.confirms("roll back?", System.in)) {
            terminal.line("nothing was changed");
            return 1;
        }
        // What was shown is what is done, or nothing.
        var seen = client.with("If-Match", '"' + would.path("from").asString() + '"');
        return follow(client, seen.post(ROLLBACK + query(false), body, LIMIT));
    }

    private AdminClient client() {
        var user = System.getProperty("user.name", "");
        return user.isBlank() || user.equals("?")
                ? galley.client()
                : galley.client().with("X-Quartet-Author", AdminClient.encoded(user));
    }

    private String query(boolean dry) {
        return "?dryRun="
                + dry
                + (message == null ? "" : "&message=" + AdminClient.encoded(message));
    }

    private int follow(AdminClient client, JsonNode change) {
        return new Changes(client, surroundings.terminal(), output.json())
                .finish(change, !noWait && !dryRun, waiting.timeout);
    }
}
