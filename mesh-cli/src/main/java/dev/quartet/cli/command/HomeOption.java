package dev.quartet.cli.command;

import dev.quartet.cli.Failure;
import dev.quartet.cli.local.Home;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Which mesh a command is about.
final class HomeOption {
    private final Surroundings surroundings;

    @Option(
            names = "--home",
            paramLabel = "DIR",
            description =
                    "Folder of the mesh: state, trust, logs, pid files (default: .mesh in the source tree).")
    private @Nullable Path folder;

    HomeOption(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    Home home() {
        var root = surroundings.root();
        return new Home(root, folder == null ? root.resolve(Home.DEFAULT) : folder);
    }

    /// For a command that deals with the processes of a mesh on this machine.
    ///
    /// @throws Failure where the environment names one elsewhere, and no option one here
    Home here() {
        if (folder == null && new Elsewhere(surroundings.environment()).isNamed()) {
            throw new Failure(
                    "this command is for a mesh on this machine, and the environment (MESH_…_URL) names one elsewhere",
                    "use the commands of where it runs, as docker compose logs or kubectl logs; or say with --home which mesh here",
                    2);
        }
        return home();
    }

    boolean given() {
        return folder != null;
    }

    /// The option as a further command for the same mesh needs it, with a space before it; empty for the default.
    String again() {
        return folder == null ? "" : " --home " + Home.shown(home().folder());
    }
}
