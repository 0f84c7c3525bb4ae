package dev.quartet.cli.command;

import dev.quartet.cli.admin.AdminClient;
import dev.quartet.cli.command.MeshStatus.Certificate;
import dev.quartet.cli.command.MeshStatus.Service;
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
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/// `mesh status`.
@Command(
        name = "status",
        description = {
            "Shows services, proxies (SYNCED, STALE, NACKED) and certificates.",
            "Of a mesh elsewhere it asks the services that options or MESH_CITADEL_URL, MESH_GALLEY_URL, … name, and the certificates of proxies are those that Citadel issued last.",
            "Behind a number of resources, + means that the proxy has not ACKed yet, ! that it has refused.",
            "Exit code 1 when something is down or not in sync."
        },
        mixinStandardHelpOptions = true)
public final class Status implements Callable<Integer> {
    private static final List<String> TYPES = List.of("cds", "lds", "eds", "rds", "ecds");

    private final Surroundings surroundings;
    private final Clock clock = Clock.systemUTC();
    @Mixin private final ServiceOptions options;
    @Mixin private final ServiceUrls urls = new ServiceUrls();
    @Mixin private final OutputOption output = new OutputOption();

    public Status(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.options = new ServiceOptions(surroundings);
    }

    @Override
    public Integer call() {
        var status = status();
        var terminal = surroundings.terminal();
        if (output.json()) {
            terminal.line(Json.pretty(status));
        } else {
            services(status.services()).print(terminal);
            for (var service : status.services()) {
                if (service.fault() != null) {
                    terminal.line(Tone.BAD, "fault: ", Printable.line(service.fault()));
                }
            }
            terminal.line("");
            print(status.proxies(), terminal);
            if (!status.certificates().isEmpty()) {
                terminal.line("");
                certificates(status.certificates()).print(terminal);
            }
        }
        return status.ok() ? 0 : 1;
    }

    private MeshStatus status() {
        var named =
                Arrays.stream(ControlService.values())
                        .filter(service -> options.named(service, urls.of(service)).isPresent())
                        .toList();
        if (!named.isEmpty()) {
            return MeshStatus.elsewhere(clients(named));
        }
        var mesh = MeshFile.required(options.home());
        return MeshStatus.local(
                clients(mesh.services()), ProxyCertificates.of(options.home(), mesh));
    }

    private Map<ControlService, AdminClient> clients(List<ControlService> services) {
        var clients = new EnumMap<ControlService, AdminClient>(ControlService.class);
        services.forEach(
                service -> clients.put(service, options.client(service, urls.of(service))));
        return clients;
    }

    private static Table services(List<Service> services) {
        var table = new Table("SERVICE", "HEALTH", "VERSION", "ADDRESS", "UPTIME", "REVISION");
        for (var service : services) {
            table.row(
                    service.up() ? Tone.PLAIN : Tone.BAD,
                    service.service(),
                    service.health(),
                    service.version().isEmpty() ? "-" : service.version(),
                    service.address(),
                    service.up() || service.uptimeSeconds() > 0
                            ? duration(service.uptimeSeconds())
                            : "-",
                    service.revision().isEmpty() ? "-" : service.revision());
        }
        return table;
    }

    private void print(@Nullable List<JsonNode> proxies, Terminal terminal) {
        if (proxies == null) {
            terminal.line("Pilot does not answer, so nothing is known of the proxies");
            return;
        }
        if (proxies.isEmpty()) {
            terminal.line("no proxy is connected to Pilot");
            return;
        }
        var headings = new ArrayList<>(List.of("PROXY", "STATE", "ADDRESS", "CONNECTED"));
        TYPES.forEach(type -> headings.add(type.toUpperCase(Locale.ROOT)));
        var table = new Table(headings.toArray(String[]::new));
        for (var proxy : proxies) {
            var state = proxy.path("state").asString("?");
            var cells =
                    new ArrayList<>(
                            List.of(
                                    proxy.path("workload").asString("")
                                            + "."
                                            + proxy.path("namespace").asString(""),
                                    state,
                                    proxy.path("address").asString(""),
                                    since(proxy.path("connectedSince").asString(""))));
            TYPES.forEach(type -> cells.add(count(proxy.path("types").path(type))));
            table.row(
                    switch (state) {
                        case "SYNCED" -> Tone.PLAIN;
                        case "NACKED" -> Tone.BAD;
                        default -> Tone.WARN;
                    },
                    cells.toArray());
        }
        table.print(terminal);
        proxies.forEach(proxy -> printRejections(proxy, terminal));
    }

    private static void printRejections(JsonNode proxy, Terminal terminal) {
        for (var type : TYPES) {
            var error = proxy.path("types").path(type).path("error");
            if (error.isString()) {
                terminal.line(
                        Tone.BAD,
                        "refused ",
                        Printable.line(
                                proxy.path("workload").asString("")
                                        + " "
                                        + type
                                        + ": "
                                        + error.asString().strip()));
            }
        }
    }

    private Table certificates(List<Certificate> certificates) {
        var table = new Table("CERTIFICATE OF", "VALID FOR", "IDENTITY");
        for (var certificate : certificates) {
            var left = left(certificate.notAfter());
            table.row(
                    left.equals("expired") ? Tone.BAD : Tone.PLAIN,
                    certificate.owner(),
                    left,
                    account(certificate.identity()));
        }
        return table;
    }

    /// `shop/reviews`, of an identity in the mesh's trust domain.
    private static String account(String identity) {
        return identity.replaceFirst("^spiffe://cluster\\.local/ns/([^/]+)/sa/", "$1/");
    }

    /// How many resources of a type the proxy has, marked as the help says.
    private static String count(JsonNode held) {
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
}
