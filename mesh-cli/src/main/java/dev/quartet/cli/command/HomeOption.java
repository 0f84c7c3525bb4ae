package dev.quartet.cli.command;

import dev.quartet.cli.local.Home;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Which mesh a command is about.
final class HomeOption {
    @Option(
            names = "--home",
            paramLabel = "DIR",
            description =
                    "Folder of the mesh: state, trust, logs, pid files (default: .mesh in the source tree).")
    private @Nullable Path home;

    Home home(Surroundings surroundings) {
        return new Home(
                surroundings.root(),
                home == null ? surroundings.root().resolve(Home.DEFAULT) : home);
    }
}
