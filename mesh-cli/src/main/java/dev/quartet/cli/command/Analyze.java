package dev.quartet.cli.command;

import dev.quartet.cli.Failure;
import dev.quartet.cli.print.Json;
import dev.quartet.cli.print.Printable;
import dev.quartet.cli.print.Terminal.Tone;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/// `mesh analyze`.
@Command(
        name = "analyze",
        description = {
            "Says what is probably not meant: of the config in force or, with files, of what it would be with them. Changes nothing.",
            "Among the files may be Kubernetes manifests: config is compared with their Services, pods, namespaces and Secrets.",
            "docs/analysis.md lists all that is told, with Istio's codes."
        },
        mixinStandardHelpOptions = true)
public final class Analyze implements Callable<Integer> {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String PATH = "/admin/v1/analyze";

    private final Surroundings surroundings;
    @Mixin private final GalleyOptions galley;
    @Mixin private final TextOption output = new TextOption();

    @Option(
            names = {"-f", "--file"},
            arity = "1..*",
            paramLabel = "FILE",
            description = Documents.OPTION)
    private List<String> files = List.of();

    @Option(
            names = "--offline",
            description = "Ask no mesh: the files alone, and nothing that is in force.")
    private boolean offline;

    @Option(
            names = {"-n", "--namespace"},
            paramLabel = "NAMESPACE",
            description = "Only what is said of this namespace.")
    private @Nullable String namespace;

    @Option(
            names = {"-A", "--all-namespaces"},
            description = "What is said of all namespaces: the default.")
    private boolean allNamespaces;

    @Option(
            names = "--failure-threshold",
            defaultValue = "error",
            paramLabel = "GRAVITY",
            description =
                    "From where on the exit code is 1: error, warning or note (default: ${DEFAULT-VALUE}).")
    private Gravity threshold = Gravity.ERROR;

    @Option(
            names = "--suppress",
            paramLabel = "'CODE=KIND NAME'",
            description =
                    "Leave out what is meant as it is: a reason or Istio's code, a kind, and namespace/name; * stands for anything. May be repeated.")
    private List<String> suppressed = List.of();

    public Analyze(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.galley = new GalleyOptions(surroundings);
    }

    @Override
    public Integer call() {
        if (allNamespaces && namespace != null) {
            throw new Failure("-A and -n exclude each other", "take one of them", 2);
        }
        if (offline && files.isEmpty()) {
            throw new Failure(
                    "without a mesh there is nothing to analyze but files", "name them with -f", 2);
        }
        var meant = suppressed.stream().map(Suppression::parse).toList();
        var report = report();
        var told =
                ToldProblems.of(report)
                        .without(problem -> meant.stream().anyMatch(it -> it.covers(problem)))
                        .without(problem -> !isWanted(problem));
        if (output.json()) {
            surroundings.terminal().line(Json.pretty(json(told, report)));
        } else {
            print(told, report);
        }
        return told.any(threshold) ? 1 : 0;
    }

    private JsonNode report() {
        if (files.isEmpty()) {
            return galley.client().post(PATH, LIMIT);
        }
        var documents = Documents.read(files, System.in);
        return offline
                ? Offline.analyze(documents)
                : galley.client().post(PATH, Map.of("files", documents), LIMIT);
    }

    /// What has no namespace is said of all of them, but for a Namespace itself.
    private boolean isWanted(JsonNode problem) {
        var of = problem.path("resource");
        var said =
                of.path("kind").asString("").equals("Namespace")
                        ? of.path("name").asString("")
                        : of.path("namespace").asString("");
        return namespace == null || said.isEmpty() || said.equals(namespace);
    }

    private static Map<String, Object> json(ToldProblems told, JsonNode report) {
        var json = new LinkedHashMap<String, Object>();
        json.put("problems", told.problems());
        json.put(
                "summary",
                Map.of(
                        "errors", told.count(Gravity.ERROR),
                        "warnings", told.count(Gravity.WARNING),
                        "notes", told.count(Gravity.NOTE)));
        json.put("notKnown", report.path("notKnown"));
        return json;
    }

    private void print(ToldProblems told, JsonNode report) {
        var terminal = surroundings.terminal();
        told.print(terminal);
        terminal.line(told.sum());
        var unknown =
                StreamSupport.stream(report.path("notKnown").spliterator(), false)
                        .map(JsonNode::asString)
                        .collect(Collectors.joining(", "));
        if (!unknown.isEmpty()) {
            terminal.line(
                    Tone.FAINT,
                    "",
                    "nothing is known here of "
                            + Printable.line(unknown)
                            + ", so what needs that was not looked at");
        }
    }
}
