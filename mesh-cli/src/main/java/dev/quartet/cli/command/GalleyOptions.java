package dev.quartet.cli.command;

import dev.quartet.cli.admin.AdminClient;
import dev.quartet.cli.local.ControlService;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Where Galley is.
final class GalleyOptions {
    @Mixin private final ServiceOptions service;

    @Option(
            names = "--galley",
            paramLabel = "URL",
            description =
                    "Galley's REST address (default: MESH_GALLEY_URL, or that of the local mesh).")
    private @Nullable String url;

    GalleyOptions(Surroundings surroundings) {
        this.service = new ServiceOptions(surroundings);
    }

    AdminClient client() {
        return service.client(ControlService.GALLEY, url);
    }

    /// The Pilot of the same mesh.
    ///
    /// @param url null where no option names it
    AdminClient pilot(@Nullable String url) {
        return service.client(ControlService.PILOT, url);
    }
}
