package dev.quartet.imports.ingress;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Position;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Resources;
import dev.quartet.config.Spec;
import dev.quartet.config.Subject;
import dev.quartet.config.networking.Destination;
import dev.quartet.config.networking.Gateway;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.HttpBody;
import dev.quartet.config.networking.HttpDirectResponse;
import dev.quartet.config.networking.HttpMatchRequest;
import dev.quartet.config.networking.HttpRoute;
import dev.quartet.config.networking.HttpRouteDestination;
import dev.quartet.config.networking.PortSelector;
import dev.quartet.config.networking.StringMatch;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.config.read.FieldLines;
import dev.quartet.config.read.ReadResource;
import dev.quartet.config.schema.Names;
import dev.quartet.imports.ingress.ReadIngress.Backend;
import dev.quartet.imports.ingress.Translation.IngressProblem;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Translates Ingresses, all of a mesh together: each becomes a Gateway, and each host a VirtualService that is bound to the
/// Gateways of all Ingresses with the host.
///
/// The routes of a host are tried in the order of [PathMatch]; of two that mean the same paths the one of the older Ingress
/// counts (see [ReadIngress#ORDER]), in one Ingress the first. Last comes the default backend of the first Ingress that has one: it
/// takes what no rule of the host takes, and what is for a host that no Ingress names.
///
/// What leads to no Service, or to a port that the Service does not have by this name, answers 503 and is a problem: were it left
/// out, a wider path would take its requests. After Istio 1.4, `pilot/pkg/config/kube/ingress/conversion.go`, which knows one TLS
/// entry, no names of ports and no default backends.
public final class IngressTranslator {
    private static final int HTTP = 80;
    private static final int HTTPS = 443;
    private static final FieldPath SERVERS = FieldPath.SPEC.field("servers");
    private static final FieldPath GATEWAYS = FieldPath.SPEC.field("gateways");
    private static final FieldPath ROUTES = FieldPath.SPEC.field("http");
    private static final FieldPath HOSTS = FieldPath.SPEC.field("hosts");

    private static final Comparator<IngressProblem> BY_INGRESS =
            Comparator.<IngressProblem, String>comparing(it -> it.ingress().namespace())
                    .thenComparing(it -> it.ingress().name())
                    .thenComparing(it -> line(it.problem()))
                    .thenComparing(it -> it.problem().path().text())
                    .thenComparing(it -> it.problem().fault());

    private final String gateway;
    private final ServicePorts ports;
    private final List<IngressProblem> problems = new ArrayList<>();
    private final TreeMap<ResourceKey, ReadResource> resources = new TreeMap<>();

    private IngressTranslator(String gateway, ServicePorts ports) {
        this.gateway = gateway;
        this.ports = ports;
    }

    /// A way of a host, as one Ingress has it.
    ///
    /// @param at the field of the Ingress that says so
    private record Way(ReadIngress ingress, FieldPath at, PathMatch match, Backend backend) {
        String place() {
            return "%s %s".formatted(ingress.object().subject(), at);
        }
    }

    private sealed interface Target {
        record Known(Destination destination) implements Target {}

        /// Nothing that requests can be sent to, at least not yet.
        record Unknown(Subject ingress) implements Target {}
    }

    /// @param match null for the default backend
    private record Route(
            @Nullable PathMatch match, Target target, Position path, Position backend) {}

    /// What Ingresses say of one host.
    private static final class OfHost {
        private final SequencedMap<Subject, Member> members = new LinkedHashMap<>();
        private final List<Way> ways = new ArrayList<>();

        /// @param at the field of the Ingress that names the host first
        record Member(ReadIngress ingress, FieldPath at) {}

        void join(ReadIngress ingress, FieldPath at) {
            members.putIfAbsent(ingress.object().subject(), new Member(ingress, at));
        }
    }

    /// @param ingresses those of the mesh, in any order, each once; see [IngressSettings#takes]
    public static Translation translate(
            Collection<ReadIngress> ingresses, IngressSettings settings, ServicePorts ports) {
        var translator = new IngressTranslator(settings.gateway(), ports);
        translator.translate(ingresses.stream().sorted(ReadIngress.ORDER).toList());
        return new Translation(
                List.copyOf(translator.resources.values()),
                translator.problems.stream().sorted(BY_INGRESS).toList());
    }

    private void translate(List<ReadIngress> ingresses) {
        ingresses.forEach(this::gateway);
        var hosts = new TreeMap<String, OfHost>();
        for (var ingress : ingresses) {
            for (var rule : ingress.rules()) {
                var host = hosts.computeIfAbsent(rule.host(), _ -> new OfHost());
                host.join(ingress, rule.path());
                for (var path : rule.paths()) {
                    host.ways.add(new Way(ingress, path.path(), path.match(), path.backend()));
                }
            }
            var backend = ingress.defaultBackend();
            if (backend != null) {
                hosts.computeIfAbsent("*", _ -> new OfHost()).join(ingress, backend.path());
            }
        }
        var names = new IngressNames();
        var defaults = defaultBackends(ingresses);
        hosts.forEach((name, host) -> virtualService(name, host, defaults, names));
    }

    private void gateway(ReadIngress ingress) {
        var servers = new ArrayList<Gateway.Server>();
        var origins = new HashMap<FieldPath, Position>();
        var place = ingress.name() + "-" + ingress.namespace();
        for (int i = 0; i < ingress.tls().size(); i++) {
            var entry = ingress.tls().get(i);
            if (entry.secretName().isEmpty()) {
                tell(
                        ingress,
                        Reason.SECRET_NOT_FOUND,
                        entry.path(),
                        "the entry names no Secret, so there is no certificate to show",
                        "add secretName");
                continue;
            }
            origins.put(SERVERS.index(servers.size()), ingress.origin(entry.path()));
            servers.add(
                    server(
                            HTTPS,
                            "HTTPS",
                            "https-443-ingress-" + place + "-" + i,
                            entry.hosts().isEmpty() ? List.of("*") : entry.hosts(),
                            tls(entry.secretName())));
        }
        servers.add(server(HTTP, "HTTP", "http-80-ingress-" + place, List.of("*"), null));
        add(
                IngressNames.gateway(ingress),
                new Gateway(servers, Map.of("istio", gateway)),
                ingress.object().position(),
                origins);
    }

    private static Gateway.Server server(
            int port,
            String protocol,
            String name,
            List<String> hosts,
            Gateway.@Nullable ServerTlsSettings tls) {
        return new Gateway.Server(
                new Gateway.ServerPort(port, protocol, name, null), null, hosts, tls, null, null);
    }

    private static Gateway.ServerTlsSettings tls(String secret) {
        return new Gateway.ServerTlsSettings(
                null,
                Gateway.Mode.SIMPLE,
                null,
                null,
                null,
                null,
                secret,
                List.of(),
                null,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                null,
                null,
                List.of());
    }

    /// What is wrong with one is told once, and not for each host.
    private Map<Subject, Target> defaultBackends(List<ReadIngress> ingresses) {
        var found = new HashMap<Subject, Target>();
        for (var ingress : ingresses) {
            var backend = ingress.defaultBackend();
            if (backend != null) {
                found.put(ingress.object().subject(), target(ingress, backend));
            }
        }
        return found;
    }

    private void virtualService(
            String name, OfHost host, Map<Subject, Target> defaults, IngressNames names) {
        var routes = routes(host);
        if (routes.stream().noneMatch(IngressTranslator::takesAll)) {
            defaultRoute(name, host, defaults).ifPresent(routes::add);
        }
        if (routes.isEmpty()) {
            return;
        }
        var ingresses = host.members.values().stream().map(OfHost.Member::ingress).toList();
        var origins = new HashMap<FieldPath, Position>();
        var first = host.members.firstEntry().getValue();
        origins.put(HOSTS, first.ingress().origin(first.at()));
        var gateways = new LinkedHashSet<String>();
        for (var ingress : ingresses) {
            origins.put(GATEWAYS.index(gateways.size()), ingress.object().position());
            gateways.add(IngressNames.gateway(ingress).namespacedName());
        }
        for (int i = 0; i < routes.size(); i++) {
            origins.put(ROUTES.index(i), routes.get(i).path());
            var action =
                    switch (routes.get(i).target()) {
                        case Target.Known _ -> "route";
                        case Target.Unknown _ -> "directResponse";
                    };
            origins.put(ROUTES.index(i).field(action), routes.get(i).backend());
        }
        add(
                names.virtualService(name, ingresses.getFirst()),
                new VirtualService(
                        List.of(name),
                        List.copyOf(gateways),
                        routes.stream().map(IngressTranslator::route).toList(),
                        List.of(),
                        List.of(),
                        List.of()),
                position(ingresses),
                origins);
    }

    /// Of several without lines all are named.
    private static Position position(List<ReadIngress> ingresses) {
        var first = ingresses.getFirst().object().position();
        return first.line() > 0
                ? first
                : new Position(
                        ingresses.stream()
                                .map(ingress -> ingress.object().position().file())
                                .collect(Collectors.joining(", ")),
                        0);
    }

    private static boolean takesAll(Route route) {
        return route.match() == null || route.match().takesAll();
    }

    private List<Route> routes(OfHost host) {
        var first = new TreeMap<PathMatch, Way>();
        var routes = new ArrayList<Route>();
        for (var way : host.ways) {
            var earlier = first.putIfAbsent(way.match(), way);
            if (earlier != null) {
                tell(
                        way.ingress(),
                        Reason.UNREACHABLE_ROUTE,
                        way.at(),
                        "the same paths of the host lead elsewhere already, by " + earlier.place(),
                        "leave one of the two out");
            }
        }
        first.forEach((match, way) ->
                routes.add(
                        new Route(
                                match,
                                target(way.ingress(), way.backend()),
                                way.ingress().origin(way.at()),
                                way.ingress().origin(way.backend().path()))));
        return routes;
    }

    private Optional<Route> defaultRoute(String name, OfHost host, Map<Subject, Target> defaults) {
        Route found = null;
        ReadIngress owner = null;
        for (var member : host.members.values()) {
            var ingress = member.ingress();
            var backend = ingress.defaultBackend();
            var target = defaults.get(ingress.object().subject());
            if (backend == null || target == null) {
                continue;
            }
            if (owner == null) {
                owner = ingress;
                var origin = ingress.origin(backend.path());
                found = new Route(null, target, origin, origin);
            } else {
                tell(
                        ingress,
                        Reason.UNREACHABLE_ROUTE,
                        backend.path(),
                        "the host %s has the default backend of %s already"
                                .formatted(quoted(name), owner.object().subject()),
                        "leave one of the two out");
            }
        }
        return Optional.ofNullable(found);
    }

    private Target target(ReadIngress ingress, Backend backend) {
        return switch (backend) {
            case Backend.Numbered(var service, var port, _) ->
                    new Target.Known(destination(ingress, service, port));
            case Backend.Named(var service, var port, var path) -> {
                var number = number(ingress, service, port, path);
                yield number.isPresent()
                        ? new Target.Known(destination(ingress, service, number.getAsInt()))
                        : new Target.Unknown(ingress.object().subject());
            }
            case Backend.OfResource(var kind, var name, var path) -> {
                tell(
                        ingress,
                        Reason.NOT_SUPPORTED_YET,
                        path,
                        "requests cannot be sent to the object %s %s"
                                .formatted(quoted(kind), quoted(name)),
                        "name a Service");
                yield new Target.Unknown(ingress.object().subject());
            }
        };
    }

    private static Destination destination(ReadIngress ingress, String service, int port) {
        return new Destination(
                Hosts.resolve(service, ingress.namespace()), null, new PortSelector(port));
    }

    private OptionalInt number(ReadIngress ingress, String service, String port, FieldPath path) {
        var named = ports.named(Hosts.resolve(service, ingress.namespace()));
        if (named.isEmpty()) {
            tell(
                    ingress,
                    Reason.HOST_NOT_FOUND,
                    path,
                    "there is no Service %s to ask which number its port %s has"
                            .formatted(quoted(ingress.namespace() + "/" + service), quoted(port)),
                    "add the Service, or write the port's number");
            return OptionalInt.empty();
        }
        var number = named.get().get(port);
        if (number == null) {
            tell(
                    ingress,
                    Reason.PORT_NOT_FOUND,
                    path,
                    "the Service %s has no port named %s"
                            .formatted(quoted(ingress.namespace() + "/" + service), quoted(port)),
                    named.get().isEmpty()
                            ? "write the port's number"
                            : "use one of "
                                    + Names.listed(
                                            named.get().keySet().stream().sorted().toList()));
            return OptionalInt.empty();
        }
        return OptionalInt.of(number);
    }

    private static int line(Problem problem) {
        return problem.position() == null ? 0 : problem.position().line();
    }

    private static HttpRoute route(Route route) {
        var match = route.match() == null ? List.<HttpMatchRequest>of() : matches(route.match());
        return switch (route.target()) {
            case Target.Known(var destination) ->
                    HttpRoute.of(null, match, List.of(to(destination)), null);
            case Target.Unknown(var ingress) ->
                    HttpRoute.of(null, match, List.of(), unavailable(ingress));
        };
    }

    private static HttpRouteDestination to(Destination destination) {
        return new HttpRouteDestination(
                destination, null, null, Map.of(), List.of(), Map.of(), List.of());
    }

    /// Names alone, which are short: Envoy refuses a long body, and all routes with it.
    private static HttpDirectResponse unavailable(Subject ingress) {
        return new HttpDirectResponse(
                503,
                new HttpBody(
                        "quartet: what this path leads to is not known (%s)\n".formatted(ingress),
                        null));
    }

    private static List<HttpMatchRequest> matches(PathMatch match) {
        return switch (match.kind()) {
            case EXACT -> List.of(uri(new StringMatch.Exact(match.path())));
            case TEXT -> List.of(uri(new StringMatch.Prefix(match.path())));
            case ELEMENTS ->
                    List.of(
                            uri(new StringMatch.Exact(match.path())),
                            uri(new StringMatch.Prefix(match.path() + "/")));
        };
    }

    private static HttpMatchRequest uri(StringMatch uri) {
        return new HttpMatchRequest(
                null, uri, null, null, null, Map.of(), Map.of(), Map.of(), false, null, Map.of(),
                null, List.of(), null);
    }

    private void add(
            ResourceKey key, Spec spec, Position position, Map<FieldPath, Position> origins) {
        resources.put(
                key,
                new ReadResource(
                        Resources.of(key, Map.of(), Map.of(), spec),
                        position,
                        FieldLines.madeFrom(origins)));
    }

    private void tell(
            ReadIngress ingress, Reason reason, FieldPath path, String fault, String fix) {
        problems.add(
                new IngressProblem(
                        ingress.object().subject(),
                        new Problem(
                                reason,
                                null,
                                ingress.object().positionOf(path),
                                path,
                                fault,
                                fix)));
    }
}
