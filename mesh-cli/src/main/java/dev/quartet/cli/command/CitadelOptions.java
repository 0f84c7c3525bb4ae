package dev.quartet.cli.command;

import dev.quartet.cli.admin.AdminClient;
import dev.quartet.cli.local.ControlService;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Where Citadel is.
final class CitadelOptions {
    @Mixin private final ServiceOptions service;

    @Option(
            names = "--citadel",
            paramLabel = "URL",
            description =
                    "Citadel's REST address (default: MESH_CITADEL_URL, or that of the local mesh).")
    private @Nullable String url;

    CitadelOptions(Surroundings surroundings) {
        this.service = new ServiceOptions(surroundings);
    }

    AdminClient client() {
        return service.client(ControlService.CITADEL, url);
    }
}
