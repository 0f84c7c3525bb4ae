package dev.quartet.cli.command;

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

    /// The option as a further command for the same mesh needs it, with a space before it; empty for the default.
    String again() {
        return folder == null ? "" : " --home " + Home.shown(home().folder());
    }
}
