package dev.quartet.cli.command;

import dev.quartet.cli.Failure;
import dev.quartet.cli.admin.AdminClient;
import dev.quartet.cli.print.Json;
import dev.quartet.cli.print.Printable;
import dev.quartet.cli.print.Terminal;
import dev.quartet.cli.print.Terminal.Tone;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `mesh diff`.
@Command(
        name = "diff",
        description = {
            "Shows as a unified diff what the newest revision has changed, or another one, or what lies between two of them; with -f what an apply of files would change.",
            "With -f and --proxies, or with --delete, Pilot says what that would change in each connected proxy; nothing is done.",
            "Exit code 0 when there is no difference, 1 when there is one, 2 when it could not be told."
        },
        mixinStandardHelpOptions = true)
public final class Diff implements Callable<Integer> {
    private static final int TROUBLE = 2;

    private final Surroundings surroundings;
    @Mixin private final GalleyOptions galley;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "REVISION",
            description =
                    "Its number, or the first 6 signs of its id or more: what it has changed (default: the newest).")
    private @Nullable String revision;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "REVISION",
            description = "What lies between the first one and this one.")
    private @Nullable String to;

    @Option(
            names = {"-f", "--file"},
            arity = "1..*",
            paramLabel = "FILE",
            description = Documents.OPTION)
    private List<String> files = List.of();

    @Option(
            names = "--proxies",
            description = "With -f: what would change in each proxy, as Pilot sees it.")
    private boolean proxies;

    @Option(
            names = "--delete",
            paramLabel = "KIND/NAMESPACE/NAME",
            description =
                    "What would change in each proxy if this were deleted, with -f both together; may be given many times.")
    private List<String> deleted = List.of();

    @Option(
            names = "--details",
            description =
                    "With --proxies or --delete: what is different in each resource of Envoy's.")
    private boolean details;

    @Option(
            names = "--pilot",
            paramLabel = "URL",
            description =
                    "Pilot's REST address (default: MESH_PILOT_URL, or that of the local mesh).")
    private @Nullable String pilot;

    @Mixin private final TextOption output = new TextOption();

    public Diff(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.galley = new GalleyOptions(surroundings);
    }

    @Override
    public Integer call() {
        try {
            return proxies || !deleted.isEmpty() ? ofProxies() : show(diff());
        } catch (Failure failure) {
            throw failure.endingWith(TROUBLE);
        }
    }

    private int ofProxies() {
        if (revision != null || files.isEmpty() && deleted.isEmpty()) {
            throw new Failure(
                    "what would change in proxies is told of files and of deletions, and not of revisions",
                    "for example ./mesh diff -f routes.yaml --proxies, or ./mesh diff --delete VirtualService/shop/reviews");
        }
        var query = new StringBuilder("?details=" + details);
        deleted.forEach(name -> query.append("&delete=").append(AdminClient.encoded(name)));
        var path = "/admin/v1/diff" + query;
        var client = galley.pilot(pilot);
        var diff =
                files.isEmpty()
                        ? client.postYaml(path, "", Revisions.TIMEOUT)
                        : client.post(
                                path,
                                Map.of("files", Documents.read(files, System.in)),
                                Revisions.TIMEOUT);
        return new ProxyDiff(surroundings.terminal()).show(diff, output.json());
    }

    private JsonNode diff() {
        if (!files.isEmpty() && revision != null) {
            throw new Failure(
                    "diff takes revisions or -f FILE, and not both",
                    "for example ./mesh diff 12 15, or ./mesh diff -f routes.yaml");
        }
        var client = galley.client();
        if (!files.isEmpty()) {
            var body = Map.of("files", Documents.read(files, System.in));
            return client.post("/admin/v1/config/diff", body, Revisions.TIMEOUT);
        }
        var path =
                Revisions.PATH
                        + "/"
                        + AdminClient.encoded(revision == null ? newest(client) : revision)
                        + "/diff"
                        + (to == null ? "" : "?to=" + AdminClient.encoded(to));
        return client.get(path, Revisions.TIMEOUT);
    }

    private static String newest(AdminClient client) {
        var log = client.get(Revisions.PATH + "?limit=1", Revisions.TIMEOUT);
        if (log.path("revisions").isEmpty()) {
            throw new Failure("there is no revision: " + Revisions.none(log), "");
        }
        return log.path("revisions").get(0).path("number").asString();
    }

    private int show(JsonNode diff) {
        var terminal = surroundings.terminal();
        if (output.json()) {
            terminal.line(Json.pretty(diff));
        } else {
            for (var change : diff.path("changes")) {
                change.path("text").asString("").lines().forEach(line -> show(line, terminal));
            }
            for (var warning : diff.path("warnings")) {
                terminal.error(
                        Tone.WARN, "warning: ", Printable.line(warning.path("text").asString()));
            }
        }
        return diff.path("changes").isEmpty() ? 0 : 1;
    }

    private static void show(String line, Terminal terminal) {
        terminal.line(terminal.tone(tone(line), Printable.of(line)));
    }

    private static Tone tone(String line) {
        if (line.startsWith("--- ") || line.startsWith("+++ ")) {
            return Tone.STRONG;
        }
        return switch (line.isEmpty() ? ' ' : line.charAt(0)) {
            case '+' -> Tone.GOOD;
            case '-' -> Tone.BAD;
            case '@' -> Tone.FAINT;
            default -> Tone.PLAIN;
        };
    }
}
