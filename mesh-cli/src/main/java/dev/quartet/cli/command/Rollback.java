package dev.quartet.cli.command;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `mesh rollback`.
@Command(
        name = "rollback",
        description = {
            "Puts all that was applied back to what it was in a revision, all or nothing, and waits until every proxy has it. That is a new revision, so there is a way back from it too.",
            "It shows what that changes and asks first. What lives in the config directory stays as it is, and is named where it is not as it was.",
            "mesh revisions lists the revisions, mesh diff compares them."
        },
        mixinStandardHelpOptions = true)
public final class Rollback implements Callable<Integer> {
    @Mixin private final ChangeOptions change;

    @Parameters(
            index = "0",
            paramLabel = "REVISION",
            description = "Its number, or the first 6 signs of its id or more.")
    private String revision = "";

    @Option(
            names = {"-y", "--yes"},
            description = "Do not ask.")
    private boolean yes;

    public Rollback(Surroundings surroundings) {
        this.change = new ChangeOptions(surroundings);
    }

    @Override
    public Integer call() {
        return change.rollback(revision, yes);
    }
}
