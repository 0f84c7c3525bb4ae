package dev.quartet.cli.command;

import dev.quartet.cli.Failure;
import dev.quartet.cli.admin.AdminClient;
import dev.quartet.cli.local.ControlService;
import dev.quartet.cli.local.MeshFile;
import dev.quartet.cli.local.ProxyCertificates;
import dev.quartet.cli.print.Json;
import dev.quartet.cli.print.Printable;
import dev.quartet.cli.print.Table;
import dev.quartet.cli.print.Terminal;
import dev.quartet.cli.print.Terminal.Tone;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/// `mesh status`.
@Command(
        name = "status",
        description = {
            "Shows services, proxies (SYNCED, STALE, NACKED) and certificates.",
            "Exit code 1 when something is down or not in sync."
        },
        mixinStandardHelpOptions = true)
public final class Status implements Callable<Integer> {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    /// @param revision in force there; empty for services that have none
    private record ServiceState(
            String service,
            String health,
            String address,
            String revision,
            String uptime,
            List<Certificate> certificates) {}

    /// @param owner service or proxy
    private record Certificate(String owner, String identity, String notAfter) {}

    private final Surroundings surroundings;
    private final Clock clock = Clock.systemUTC();
    @Mixin private final HomeOption home;
    @Mixin private final OutputOption output = new OutputOption();

    public Status(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.home = new HomeOption(surroundings);
    }

    @Override
    public Integer call() {
        var folder = home.home();
        var mesh = MeshFile.required(folder);
        var services = new ArrayList<ServiceState>();
        var certificates = new ArrayList<Certificate>();
        for (var service : mesh.services()) {
            var state =
                    state(
                            service,
                            mesh,
                            new AdminClient(
                                    service.label(), mesh.restUrl(service), folder.adminToken()));
            services.add(state);
            certificates.addAll(state.certificates());
        }
        var proxies =
                proxies(
                        new AdminClient(
                                "Pilot", mesh.restUrl(ControlService.PILOT), folder.adminToken()));
        for (var certificate : ProxyCertificates.of(folder, mesh)) {
            certificates.add(
                    new Certificate(
                            certificate.proxy(), certificate.identity(), certificate.notAfter()));
        }

        var good =
                services.stream().allMatch(service -> service.health().equals("UP"))
                        && proxies.stream()
                                .allMatch(proxy -> proxy.path("state").asString().equals("SYNCED"));
        if (output.json()) {
            surroundings
                    .terminal()
                    .line(
                            Json.pretty(
                                    new LinkedHashMap<>(
                                            Map.of(
                                                    "ok",
                                                    good,
                                                    "services",
                                                    services,
                                                    "proxies",
                                                    proxies,
                                                    "certificates",
                                                    certificates))));
        } else {
            print(services, proxies, certificates);
        }
        return good ? 0 : 1;
    }

    private ServiceState state(ControlService service, MeshFile mesh, AdminClient client) {
        var address = "127.0.0.1:" + mesh.port(service.restPort());
        try {
            var health =
                    Json.lenient(
                                    client.send(
                                                    "GET",
                                                    "/actuator/health/readiness",
                                                    null,
                                                    "application/json",
                                                    TIMEOUT)
                                            .body())
                            .path("status")
                            .asString("?");
            var status = client.get("/admin/v1/status", TIMEOUT);
            var sections = status.path("sections");
            return new ServiceState(
                    service.label(),
                    health,
                    address,
                    first(sections, "revision", "revisionInForce"),
                    duration(status.path("uptimeSeconds").asLong(0)),
                    certificates(service.label(), sections.path("identity")));
        } catch (Failure _) {
            return new ServiceState(service.label(), "DOWN", address, "", "", List.of());
        }
    }

    /// The first text with one of these names anywhere in the sections.
    private static String first(JsonNode node, String... names) {
        for (var name : names) {
            var found = node.findValue(name);
            if (found != null && found.isString()) {
                return found.asString();
            }
        }
        return "";
    }

    private static List<Certificate> certificates(String owner, JsonNode identity) {
        var spiffe = identity.findValue("spiffeId");
        var id =
                spiffe == null
                        ? ""
                        : spiffe.isString()
                                ? spiffe.asString()
                                : "spiffe://%s/ns/%s/sa/%s"
                                        .formatted(
                                                spiffe.path("trustDomain").asString(),
                                                spiffe.path("namespace").asString(),
                                                spiffe.path("serviceAccount").asString());
        var end = first(identity, "notAfter", "validUntil", "expiresAt");
        return end.isEmpty() ? List.of() : List.of(new Certificate(owner, id, end));
    }

    private static List<JsonNode> proxies(AdminClient pilot) {
        try {
            var proxies = new ArrayList<JsonNode>();
            var answer = pilot.get("/admin/v1/proxies", TIMEOUT);
            (answer.isArray() ? answer : answer.path("proxies")).forEach(proxies::add);
            return proxies;
        } catch (Failure _) {
            return List.of();
        }
    }

    private void print(
            List<ServiceState> services, List<JsonNode> proxies, List<Certificate> certificates) {
        var terminal = surroundings.terminal();
        var table = new Table("SERVICE", "HEALTH", "ADDRESS", "UPTIME", "REVISION");
        for (var service : services) {
            table.row(
                    service.health().equals("UP") ? Tone.PLAIN : Tone.BAD,
                    service.service(),
                    service.health(),
                    service.address(),
                    dash(service.uptime()),
                    dash(service.revision()));
        }
        table.print(terminal);

        terminal.line("");
        var rows =
                new Table(
                        "PROXY",
                        "STATE",
                        "ADDRESS",
                        "CONNECTED",
                        "CDS",
                        "LDS",
                        "EDS",
                        "RDS",
                        "ECDS");
        for (var proxy : proxies) {
            var state = proxy.path("state").asString("?");
            rows.row(
                    switch (state) {
                        case "SYNCED" -> Tone.PLAIN;
                        case "NACKED" -> Tone.BAD;
                        default -> Tone.WARN;
                    },
                    proxy.path("workload").asString() + "." + proxy.path("namespace").asString(),
                    state,
                    proxy.path("address").asString(),
                    since(proxy.path("connectedSince").asString("")),
                    counts(proxy, "cds"),
                    counts(proxy, "lds"),
                    counts(proxy, "eds"),
                    counts(proxy, "rds"),
                    counts(proxy, "ecds"));
        }
        if (proxies.isEmpty()) {
            terminal.line("no proxy is connected to Pilot");
        } else {
            rows.print(terminal);
        }
        proxies.forEach(proxy -> printRejections(proxy, terminal));

        if (!certificates.isEmpty()) {
            terminal.line("");
            var owners = new Table("CERTIFICATE OF", "VALID FOR", "IDENTITY");
            for (var certificate : certificates) {
                var left = left(certificate.notAfter());
                owners.row(
                        left.equals("expired") ? Tone.BAD : Tone.PLAIN,
                        certificate.owner(),
                        left,
                        account(certificate.identity()));
            }
            owners.print(terminal);
        }
    }

    private static void printRejections(JsonNode proxy, Terminal terminal) {
        for (var type : List.of("cds", "lds", "eds", "rds", "ecds")) {
            var error = proxy.path("types").path(type).path("error");
            if (error.isString()) {
                terminal.line(
                        terminal.tone(Tone.BAD, "refused ")
                                + Printable.line(
                                        proxy.path("workload").asString()
                                                + " "
                                                + type
                                                + ": "
                                                + error.asString().strip()));
            }
        }
    }

    /// `shop/reviews`, of an identity in the mesh's trust domain.
    private static String account(String identity) {
        return identity.replaceFirst("^spiffe://cluster\\.local/ns/([^/]+)/sa/", "$1/");
    }

    /// How many resources of a type the proxy has; with `+` while a response waits for its ACK, with `!` after a refusal.
    private static String counts(JsonNode proxy, String type) {
        var held = proxy.path("types").path(type);
        if (held.isMissingNode()) {
            return "-";
        }
        return held.path("count").asString("")
                + (held.path("error").isString()
                        ? "!"
                        : held.path("waiting").asBoolean(false) ? "+" : "");
    }

    private String since(String instant) {
        try {
            return duration(Duration.between(Instant.parse(instant), clock.instant()).toSeconds());
        } catch (DateTimeParseException _) {
            return "-";
        }
    }

    private String left(String notAfter) {
        try {
            var left = Duration.between(clock.instant(), Instant.parse(notAfter));
            return left.isNegative() ? "expired" : duration(left.toSeconds());
        } catch (DateTimeParseException _) {
            return notAfter;
        }
    }

    /// Two units at most: `3d4h`, `12m5s`.
    static String duration(long seconds) {
        if (seconds < 60) {
            return seconds + "s";
        }
        if (seconds < 3600) {
            return seconds / 60 + "m" + seconds % 60 + "s";
        }
        return seconds < 86_400
                ? seconds / 3600 + "h" + seconds % 3600 / 60 + "m"
                : seconds / 86_400 + "d" + seconds % 86_400 / 3600 + "h";
    }

    private static String dash(String text) {
        return text.isEmpty() ? "-" : text;
    }
}
