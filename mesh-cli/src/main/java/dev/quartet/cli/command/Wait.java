package dev.quartet.cli.command;

import dev.quartet.cli.print.Json;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `mesh wait`.
@Command(
        name = "wait",
        description = {
            "Waits until a revision, or the newest one, is in force on all proxies and in every Mixer.",
            "While no proxy is connected it goes on waiting."
        },
        mixinStandardHelpOptions = true)
public final class Wait implements Callable<Integer> {
    private final Surroundings surroundings;
    @Mixin private final GalleyOptions galley;
    @Mixin private final WaitOptions waiting = new WaitOptions();
    @Mixin private final OutputOption output = new OutputOption();

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "REVISION",
            description = "As mesh apply --no-wait names it; the newest when left out.")
    private @Nullable String revision;

    public Wait(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.galley = new GalleyOptions(surroundings);
    }

    @Override
    public Integer call() {
        var terminal = surroundings.terminal();
        var inForce = new InForce(galley.client(), terminal, output.json());
        var progress = inForce.await(revision == null ? "" : revision, waiting.timeout, true);
        if (output.json()) {
            terminal.line(Json.pretty(progress.json()));
            return progress.exitCode();
        }
        return inForce.print(progress);
    }
}
