package dev.quartet.cli.command;

import dev.quartet.cli.local.LocalMesh;
import dev.quartet.cli.print.Stages;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `mesh restart`.
@Command(
        name = "restart",
        description =
                "Stops processes of the local mesh, where they run, and starts them again (with the jars as they are now).",
        mixinStandardHelpOptions = true)
public final class Restart implements Callable<Integer> {
    private final Surroundings surroundings;
    @Mixin private final HomeOption home;

    @Parameters(
            arity = "1..*",
            paramLabel = "PROCESS",
            description =
                    "citadel, galley, pilot, mixer, injector, ingressgateway, reviews-v1, proxy-reviews-v1, prometheus, …")
    private List<String> processes = List.of();

    public Restart(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.home = new HomeOption(surroundings);
    }

    @Override
    public Integer call() {
        var mesh =
                new LocalMesh(
                        home.here(),
                        new Stages(surroundings.terminal(), System::nanoTime),
                        surroundings.environment());
        processes.forEach(mesh::restart);
        return 0;
    }
}
