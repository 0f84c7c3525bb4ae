package dev.quartet.cli.command;

import dev.quartet.cli.local.Home;
import dev.quartet.cli.local.LocalMesh;
import dev.quartet.cli.print.Stages;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `mesh down`.
@Command(
        name = "down",
        description =
                "Stops every process that mesh up has started. State (certificates, applied config, metrics) stays for the next start.",
        mixinStandardHelpOptions = true)
public final class Down implements Callable<Integer> {
    private final Surroundings surroundings;
    @Mixin private final HomeOption home;

    @Option(
            names = "--clean",
            description = "Also remove all state; what was fetched and built stays.")
    private boolean clean;

    public Down(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.home = new HomeOption(surroundings);
    }

    @Override
    public Integer call() {
        var stages = new Stages(surroundings.terminal(), System::nanoTime);
        var folder = home.here();
        var mesh = new LocalMesh(folder, stages, surroundings.environment());
        stages.waiting("stopping");
        var count = mesh.down();
        stages.done("down", count == 0 ? "nothing ran" : count + " processes stopped");
        if (clean) {
            mesh.clean();
            stages.done("clean", "no state left in " + Home.shown(folder.folder()));
        }
        return 0;
    }
}
