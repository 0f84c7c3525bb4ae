package dev.quartet.cli.command;

import dev.quartet.cli.Failure;
import dev.quartet.cli.admin.Address;
import dev.quartet.cli.admin.AdminClient;
import dev.quartet.cli.local.ControlService;
import dev.quartet.cli.local.Home;
import dev.quartet.cli.local.MeshFile;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// How a command reaches the services: where options say, else of the mesh in `--home`, else where the environment says, else of the
/// local mesh.
final class ServiceOptions {
    private final Elsewhere elsewhere;
    @Mixin private final HomeOption home;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "The admin token (default: MESH_TOKEN_FILE, or that of the local mesh).")
    private @Nullable Path tokenFile;

    @Option(
            names = "--ca-file",
            paramLabel = "FILE",
            description =
                    "The mesh's root certificate, for services that speak HTTPS (default: MESH_CA_FILE).")
    private @Nullable Path caFile;

    ServiceOptions(Surroundings surroundings) {
        this.elsewhere = new Elsewhere(surroundings.environment());
        this.home = new HomeOption(surroundings);
    }

    Home home() {
        return home.home();
    }

    /// The URL that an option or the environment names for a service.
    Optional<String> named(ControlService service, @Nullable String url) {
        return url != null ? Optional.of(url) : environment().flatMap(it -> it.url(service));
    }

    /// @param url null where no option names it
    AdminClient client(ControlService service, @Nullable String url) {
        var named = named(service, url);
        var token =
                tokenFile != null
                        ? tokenFile
                        : environment()
                                .flatMap(Elsewhere::tokenFile)
                                .orElseGet(() -> home().adminToken());
        var roots = caFile != null ? caFile : environment().flatMap(Elsewhere::caFile).orElse(null);
        return new AdminClient(
                service.title(),
                new Address(named.orElseGet(() -> local(service)), token, roots, named.isEmpty()));
    }

    private String local(ControlService service) {
        if (environment().filter(Elsewhere::isNamed).isPresent()) {
            throw new Failure(
                    "the environment names services of a mesh elsewhere, and not its "
                            + service.label(),
                    "name it with --%s URL or MESH_%s_URL, where that mesh has one"
                            .formatted(service.label(), service.name()));
        }
        return MeshFile.required(home()).restUrl(service);
    }

    /// `--home` beats it.
    private Optional<Elsewhere> environment() {
        return home.given() ? Optional.empty() : Optional.of(elsewhere);
    }
}
