package dev.quartet.cli.command;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `mesh apply`.
@Command(
        name = "apply",
        description = {
            "Applies the resources of files, all or nothing, and waits until every proxy has them.",
            "Where no proxy is connected it says so, and ends well: the config is published.",
            "One error anywhere and nothing is applied; every problem is shown with file, line and field."
        },
        mixinStandardHelpOptions = true)
public final class Apply implements Callable<Integer> {
    @Mixin private final ChangeOptions change;

    @Option(
            names = {"-f", "--file"},
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description = Documents.OPTION)
    private List<String> files = List.of();

    public Apply(Surroundings surroundings) {
        this.change = new ChangeOptions(surroundings);
    }

    @Override
    public Integer call() {
        return change.post("/admin/v1/config/apply", files);
    }
}
