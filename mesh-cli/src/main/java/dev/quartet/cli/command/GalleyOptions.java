package dev.quartet.cli.command;

import dev.quartet.cli.admin.AdminClient;
import dev.quartet.cli.local.ControlService;
import dev.quartet.cli.local.Home;
import dev.quartet.cli.local.MeshFile;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Where the services are: those of the local mesh, or named by URL.
final class GalleyOptions {
    @Mixin private HomeOption home = new HomeOption();

    @Option(
            names = "--galley",
            paramLabel = "URL",
            description = "Galley's REST address (default: that of the local mesh).")
    private @Nullable String galley;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "The admin token (default: that of the local mesh).")
    private @Nullable Path tokenFile;

    Home home(Surroundings surroundings) {
        return home.home(surroundings);
    }

    AdminClient galley(Surroundings surroundings) {
        var folder = home.home(surroundings);
        var url =
                galley != null ? galley : MeshFile.required(folder).restUrl(ControlService.GALLEY);
        return new AdminClient("Galley", url, tokenFile != null ? tokenFile : folder.adminToken());
    }
}
