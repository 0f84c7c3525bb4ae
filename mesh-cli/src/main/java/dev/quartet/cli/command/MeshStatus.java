package dev.quartet.cli.command;

import dev.quartet.cli.Failure;
import dev.quartet.cli.admin.AdminClient;
import dev.quartet.cli.local.ControlService;
import dev.quartet.cli.local.ProxyCertificates;
import dev.quartet.cli.print.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What the parts of a mesh say of themselves. Its JSON is what `mesh status -o json` prints.
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
    /// @param fault why it cannot be asked; null when it can
    record Service(
            String service,
            String health,
            String version,
            String address,
            long uptimeSeconds,
            String revision,
            @Nullable String fault) {
        boolean up() {
            return health.equals("UP");
        }
    }

    /// @param owner service or workload
    record Certificate(String owner, String identity, String notAfter) {}

    /// Of a mesh on this machine.
    ///
    /// @param held as its proxies tell
    static MeshStatus local(
            Map<ControlService, AdminClient> services, List<ProxyCertificates> held) {
        return of(
                services,
                held.stream()
                        .map(it -> new Certificate(it.proxy(), it.identity(), it.notAfter()))
                        .toList());
    }

    /// Of a mesh whose proxies' own interfaces cannot be reached from here: of each identity the certificate that Citadel issued last.
    static MeshStatus elsewhere(Map<ControlService, AdminClient> services) {
        var citadel = services.get(ControlService.CITADEL);
        var newest = new LinkedHashMap<String, Certificate>();
        if (citadel != null) {
            for (var issued : issued(citadel)) {
                var identity = issued.path("identity").asString("");
                if (issued.path("door").asString("").equals("sds")) {
                    newest.putIfAbsent(
                            identity,
                            new Certificate(
                                    identity.substring(identity.lastIndexOf('/') + 1),
                                    identity,
                                    issued.path("notAfter").asString("")));
                }
            }
        }
        return of(
                services,
                newest.values().stream()
                        .sorted(Comparator.comparing(Certificate::identity))
                        .toList());
    }

    private static MeshStatus of(
            Map<ControlService, AdminClient> clients, List<Certificate> ofProxies) {
        var services = new ArrayList<Service>();
        var certificates = new ArrayList<Certificate>();
        clients.forEach((service, client) -> {
            JsonNode says = Json.MAPPER.missingNode();
            String fault = null;
            try {
                says = client.get("/admin/v1/status", TIMEOUT);
            } catch (Failure failure) {
                fault = failure.getMessage();
            }
            services.add(
                    new Service(
                            service.label(),
                            health(client),
                            says.path("version").asString(""),
                            client.address().authority(),
                            says.path("uptimeSeconds").asLong(0),
                            says.path("sections").path("config").path("revision").asString(""),
                            fault));
            certificate(service.label(), says.path("sections").path("identity"))
                    .ifPresent(certificates::add);
        });
        certificates.addAll(ofProxies);
        var pilot = clients.get(ControlService.PILOT);
        var proxies = pilot == null ? null : proxies(pilot);
        var ok =
                services.stream().allMatch(Service::up)
                        && proxies != null
                        && proxies.stream()
                                .allMatch(
                                        proxy -> proxy.path("state").asString("").equals("SYNCED"));
        return new MeshStatus(ok, services, proxies, certificates);
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

    /// What Citadel has issued, the newest first; nothing when it does not answer, which its health says.
    private static JsonNode issued(AdminClient citadel) {
        try {
            return citadel.get("/admin/v1/certificates?limit=1000", TIMEOUT).path("newest");
        } catch (Failure _) {
            return Json.MAPPER.missingNode();
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
