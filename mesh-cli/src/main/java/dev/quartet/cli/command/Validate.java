package dev.quartet.cli.command;

import dev.quartet.cli.print.Json;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `mesh validate`.
@Command(
        name = "validate",
        description = {
            "Says what an apply of the files would say, and changes nothing. Exit code 1 when it would be refused.",
            "With --offline the files are judged by themselves, and no mesh has to run."
        },
        mixinStandardHelpOptions = true)
public final class Validate implements Callable<Integer> {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Surroundings surroundings;
    @Mixin private final GalleyOptions galley;
    @Mixin private final TextOption output = new TextOption();

    @Option(
            names = {"-f", "--file"},
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description = Documents.OPTION)
    private List<String> files = List.of();

    @Option(names = "--offline", description = "Ask no mesh: the files alone.")
    private boolean offline;

    public Validate(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.galley = new GalleyOptions(surroundings);
    }

    @Override
    public Integer call() {
        var documents = Documents.read(files, System.in);
        var answer =
                offline
                        ? Offline.validate(documents)
                        : galley.client()
                                .post("/admin/v1/validate", Map.of("files", documents), LIMIT);
        var told = ToldProblems.of(answer);
        var valid = answer.path("valid").asBoolean(false);
        var terminal = surroundings.terminal();
        if (output.json()) {
            terminal.line(Json.pretty(answer));
        } else {
            told.print(terminal);
            terminal.line((valid ? "valid: " : "not valid: ") + told.sum());
        }
        return valid ? 0 : 1;
    }
}
