package dev.quartet.cli.command;

import dev.quartet.cli.Failure;
import dev.quartet.cli.admin.AdminClient;
import dev.quartet.cli.local.ControlService;
import dev.quartet.cli.local.Home;
import dev.quartet.cli.local.MeshFile;
import dev.quartet.cli.local.ProxyCertificates;
import dev.quartet.cli.print.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What the parts of a local mesh say of themselves. Its JSON is what `mesh status -o json` prints.
///
/// @param ok every service is up, and every proxy in sync
/// @param proxies as Pilot knows them; null when it does not answer
record MeshStatus(
        boolean ok,
        List<Service> services,
        @Nullable List<JsonNode> proxies,
        List<Certificate> certificates) {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    /// @param version of its build; empty when it does not answer
    /// @param revision in force there; empty for services that have none
    record Service(
            String service,
            String health,
            String version,
            String address,
            long uptimeSeconds,
            String revision) {
        boolean up() {
            return health.equals("UP");
        }
    }

    /// @param owner service or workload
    record Certificate(String owner, String identity, String notAfter) {}

    static MeshStatus of(Home home, MeshFile mesh) {
        var services = new ArrayList<Service>();
        var certificates = new ArrayList<Certificate>();
        for (var service : mesh.services()) {
            var client = client(service, home, mesh);
            var health = health(client);
            var says = says(client);
            services.add(
                    new Service(
                            service.label(),
                            health,
                            says.path("version").asString(""),
                            "127.0.0.1:" + mesh.port(service.restPort()),
                            says.path("uptimeSeconds").asLong(0),
                            says.path("sections").path("config").path("revision").asString("")));
            certificate(service.label(), says.path("sections").path("identity"))
                    .ifPresent(certificates::add);
        }
        for (var held : ProxyCertificates.of(home, mesh)) {
            certificates.add(new Certificate(held.proxy(), held.identity(), held.notAfter()));
        }
        var proxies = proxies(client(ControlService.PILOT, home, mesh));
        var ok =
                services.stream().allMatch(Service::up)
                        && proxies != null
                        && proxies.stream()
                                .allMatch(
                                        proxy -> proxy.path("state").asString("").equals("SYNCED"));
        return new MeshStatus(ok, services, proxies, certificates);
    }

    private static AdminClient client(ControlService service, Home home, MeshFile mesh) {
        return new AdminClient(service.title(), mesh.restUrl(service), home.adminToken());
    }

    private static String health(AdminClient client) {
        try {
            var answer =
                    client.send(
                            "GET", "/actuator/health/readiness", null, "application/json", TIMEOUT);
            return Json.lenient(answer.body()).path("status").asString("?");
        } catch (Failure _) {
            return "DOWN";
        }
    }

    private static JsonNode says(AdminClient client) {
        try {
            return client.get("/admin/v1/status", TIMEOUT);
        } catch (Failure _) {
            return Json.MAPPER.missingNode(); // its health says that it is down
        }
    }

    private static @Nullable List<JsonNode> proxies(AdminClient pilot) {
        try {
            return List.copyOf(pilot.get("/admin/v1/proxies", TIMEOUT).values());
        } catch (Failure _) {
            return null;
        }
    }

    private static Optional<Certificate> certificate(String owner, JsonNode identity) {
        var id = identity.path("spiffeId");
        var notAfter = identity.path("notAfter");
        return id.isString() && notAfter.isString()
                ? Optional.of(new Certificate(owner, id.asString(), notAfter.asString()))
                : Optional.empty();
    }
}
