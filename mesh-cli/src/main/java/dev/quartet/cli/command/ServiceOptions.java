package dev.quartet.cli.command;

import dev.quartet.cli.admin.AdminClient;
import dev.quartet.cli.local.ControlService;
import dev.quartet.cli.local.MeshFile;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// How a command reaches a service: that of the local mesh, or one that it names by URL.
final class ServiceOptions {
    @Mixin private final HomeOption home;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "The admin token (default: that of the local mesh).")
    private @Nullable Path tokenFile;

    ServiceOptions(Surroundings surroundings) {
        this.home = new HomeOption(surroundings);
    }

    /// @param url null: that of the local mesh
    AdminClient client(ControlService service, @Nullable String url) {
        var folder = home.home();
        return new AdminClient(
                service.title(),
                url == null ? MeshFile.required(folder).restUrl(service) : url,
                tokenFile == null ? folder.adminToken() : tokenFile);
    }
}
