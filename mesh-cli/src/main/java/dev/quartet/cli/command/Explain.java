package dev.quartet.cli.command;

import dev.quartet.cli.Failure;
import dev.quartet.cli.admin.AdminClient;
import dev.quartet.cli.local.ControlService;
import dev.quartet.cli.print.Json;
import dev.quartet.cli.print.Terminal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `mesh explain`.
@Command(
        name = "explain",
        description = {
            "Says what becomes of a request and why: which listener, host, route, cluster, endpoints, TLS and policies it meets, and the resource, field, file and line behind each; and why others do not hold for it.",
            "Nothing is sent. Pilot walks through the config that the proxies on the way have.",
            "The last line is the verdict. docs/explain.md tells more."
        },
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "For example:",
            "  ./mesh explain http://127.0.0.1:8000/storefront",
            "  ./mesh explain --from storefront http://reviews:9080/reviews/1 -H 'end-user: jason'",
            "  ./mesh explain --from reviews-v2 tcp://10.0.0.9:3306"
        })
@SuppressWarnings("NullAway.Init") // picocli sets what it annotates
public final class Explain implements Callable<Integer> {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String PATH = "/admin/v1/explain";

    private enum Format {
        TEXT,
        JSON
    }

    private final Surroundings surroundings;
    @Mixin private final ServiceOptions services;

    @Parameters(
            index = "0",
            paramLabel = "URL",
            description =
                    "The request: http, grpc, https, tls or tcp, a host as the client names it, a path.")
    private String url;

    @Option(
            names = "--from",
            defaultValue = "",
            paramLabel = "WHO",
            description =
                    "Whose proxy sends it: an instance, a workload or a service (default: it comes from outside to the ingress gateway).")
    private String from;

    @Option(
            names = {"-X", "--method"},
            defaultValue = "",
            paramLabel = "METHOD",
            description = "GET when left out; POST for gRPC.")
    private String method;

    @Option(
            names = {"-H", "--header"},
            paramLabel = "'NAME: VALUE'",
            description = "A header of the request. May be repeated.")
    private List<String> headers = List.of();

    @Option(
            names = "--to",
            defaultValue = "",
            paramLabel = "ADDRESS:PORT",
            description =
                    "Where the client connects to, where that is not what the URL's host leads to.")
    private String to;

    @Option(
            names = "--sni",
            defaultValue = "",
            paramLabel = "NAME",
            description = "The server name of the client's own TLS (default: the URL's host).")
    private String sni;

    @Option(
            names = {"-o", "--output"},
            defaultValue = "text",
            paramLabel = "FORMAT",
            description = "text or json (default: ${DEFAULT-VALUE}).")
    private Format format;

    @Option(
            names = "--pilot",
            paramLabel = "URL",
            description =
                    "Pilot's REST address (default: MESH_PILOT_URL, or that of the local mesh).")
    private @Nullable String pilot;

    @Option(
            names = "--galley",
            paramLabel = "URL",
            description =
                    "Galley's, which knows files and lines (default: MESH_GALLEY_URL, or that of the local mesh).")
    private @Nullable String galley;

    public Explain(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.services = new ServiceOptions(surroundings);
    }

    @Override
    public Integer call() {
        var explanation = services.client(ControlService.PILOT, pilot).post(PATH, request(), LIMIT);
        if (!explanation.path("verdict").isString()) {
            throw new Failure(
                    "the answer has no verdict, so it is not Pilot's",
                    "see whether --pilot or MESH_PILOT_URL is the address of a Pilot of this version");
        }
        var locations = locations(explanation);
        var terminal = surroundings.terminal();
        if (format == Format.JSON) {
            terminal.line(Json.pretty(locations.joined(explanation)));
        } else {
            new ExplanationText(terminal, locations).print(explanation);
        }
        return 0;
    }

    private Map<String, Object> request() {
        var request = new LinkedHashMap<String, Object>();
        request.put("from", from);
        request.put("url", url);
        request.put("method", method);
        request.put("headers", byName());
        request.put("to", to);
        request.put("sni", sni);
        return request;
    }

    private Map<String, String> byName() {
        var byName = new LinkedHashMap<String, String>();
        for (var header : headers) {
            var colon = header.indexOf(':', 1);
            if (colon < 0) {
                throw new Failure(
                        "-H \"" + header + "\" is no header",
                        "write it as -H 'end-user: jason'",
                        2);
            }
            byName.merge(
                    header.substring(0, colon).strip(),
                    header.substring(colon + 1).strip(),
                    (one, other) -> one + "," + other);
        }
        return byName;
    }

    /// Without Galley an explanation is worth something still.
    private Locations locations(JsonNode explanation) {
        try {
            return Locations.of(explanation, this::galley);
        } catch (Failure failure) {
            surroundings
                    .terminal()
                    .error(
                            Terminal.Tone.WARN,
                            "warning: ",
                            "files and lines are not known: " + failure.getMessage());
            return Locations.NONE;
        }
    }

    private AdminClient galley() {
        return services.client(ControlService.GALLEY, galley);
    }
}
