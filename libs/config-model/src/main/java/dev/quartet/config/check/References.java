package dev.quartet.config.check;

import static dev.quartet.config.schema.Names.listed;
import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.Resource;
import dev.quartet.config.check.ConfigSetChecker.KnownService;
import dev.quartet.config.networking.Destination;
import dev.quartet.config.networking.DestinationRule;
import dev.quartet.config.networking.Gateway;
import dev.quartet.config.networking.HostTable;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.HttpMatchRequest;
import dev.quartet.config.networking.HttpMirrorPolicy;
import dev.quartet.config.networking.HttpRouteDestination;
import dev.quartet.config.networking.L4MatchAttributes;
import dev.quartet.config.networking.RouteDestination;
import dev.quartet.config.networking.ServiceEntry;
import dev.quartet.config.networking.ServicePort;
import dev.quartet.config.networking.TlsMatchAttributes;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.expressions.NearNames;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Finds the hosts, ports, subsets and gateways that are named and not there. One use; not thread-safe.
final class References {
    private static final int MAX_SUGGESTIONS = 100;

    private final SetProblems problems;
    private final List<Resource<?>> resources;

    /// Ports by host.
    private final HostTable<Set<Integer>> services = new HostTable<>();

    private final Set<String> hosts = new TreeSet<>();

    /// Names by host.
    private final Map<String, Set<String>> subsets = new HashMap<>();

    private final Set<String> gateways = new TreeSet<>();

    /// Looking for a near name costs a walk over all hosts.
    private int suggestions;

    /// @param resources in the order of their keys
    /// @param known services from elsewhere
    References(SetProblems problems, List<Resource<?>> resources, Collection<KnownService> known) {
        this.problems = problems;
        this.resources = resources;
        known.forEach(service -> addService(service.host(), service.ports()));
        var ruled = new HashSet<String>(); // one rule of a namespace is in force for a host
        for (var resource : resources) {
            switch (resource.spec()) {
                case ServiceEntry spec -> {
                    var ports =
                            spec.ports().stream()
                                    .map(ServicePort::number)
                                    .collect(Collectors.toCollection(TreeSet::new));
                    for (var host : spec.hosts()) {
                        addService(Hosts.resolve(host, resource.namespace()), ports);
                    }
                }
                case DestinationRule spec -> {
                    var host = Hosts.resolve(spec.host(), resource.namespace());
                    if (ruled.add(resource.namespace() + "/" + host)) {
                        var names = subsets.computeIfAbsent(host, h -> new TreeSet<>());
                        spec.subsets().forEach(subset -> names.add(subset.name()));
                    }
                }
                case Gateway spec -> gateways.add(resource.key().namespacedName());
                default -> {}
            }
        }
    }

    private void addService(String host, Set<Integer> ports) {
        services.putIfAbsent(host, ports);
        hosts.add(host);
    }

    void check() {
        for (var resource : resources) {
            switch (resource.spec()) {
                case VirtualService spec -> virtualService(resource, spec);
                case DestinationRule spec when !Values.isWildcard(spec.host()) ->
                        service(resource, spec.host(), FieldPath.SPEC.field("host"));
                default -> {}
            }
        }
    }

    private void virtualService(Resource<?> resource, VirtualService spec) {
        gateways(resource, spec.gateways(), FieldPath.SPEC.field("gateways"));
        for (int i = 0; i < spec.http().size(); i++) {
            var route = spec.http().get(i);
            var path = FieldPath.SPEC.field("http").index(i);
            gatewaysOfMatches(
                    resource,
                    route.match().stream().map(HttpMatchRequest::gateways).toList(),
                    path);
            destinations(
                    resource,
                    route.route().stream().map(HttpRouteDestination::destination).toList(),
                    path.field("route"));
            if (route.mirror() != null) {
                destination(resource, route.mirror(), path.field("mirror"));
            }
            destinations(
                    resource,
                    route.mirrors().stream().map(HttpMirrorPolicy::destination).toList(),
                    path.field("mirrors"));
        }
        for (int i = 0; i < spec.tls().size(); i++) {
            var route = spec.tls().get(i);
            var path = FieldPath.SPEC.field("tls").index(i);
            gatewaysOfMatches(
                    resource,
                    route.match().stream().map(TlsMatchAttributes::gateways).toList(),
                    path);
            destinations(
                    resource,
                    route.route().stream().map(RouteDestination::destination).toList(),
                    path.field("route"));
        }
        for (int i = 0; i < spec.tcp().size(); i++) {
            var route = spec.tcp().get(i);
            var path = FieldPath.SPEC.field("tcp").index(i);
            gatewaysOfMatches(
                    resource,
                    route.match().stream().map(L4MatchAttributes::gateways).toList(),
                    path);
            destinations(
                    resource,
                    route.route().stream().map(RouteDestination::destination).toList(),
                    path.field("route"));
        }
    }

    private void gatewaysOfMatches(
            Resource<?> resource, List<List<String>> gateways, FieldPath route) {
        for (int i = 0; i < gateways.size(); i++) {
            gateways(resource, gateways.get(i), route.field("match").index(i).field("gateways"));
        }
    }

    private void gateways(Resource<?> resource, List<String> names, FieldPath path) {
        for (int i = 0; i < names.size(); i++) {
            var key = gatewayKey(resource, names.get(i));
            if (!names.get(i).equals(VirtualService.MESH) && !gateways.contains(key)) {
                problems.add(
                        Reason.GATEWAY_NOT_FOUND,
                        resource,
                        path.index(i),
                        "there is no Gateway " + quoted(key),
                        gateways.isEmpty()
                                ? "add it"
                                : "add it, or use one of " + listed(gateways));
            }
        }
    }

    private static String gatewayKey(Resource<?> resource, String name) {
        if (name.startsWith("./")) {
            return resource.namespace() + name.substring(1);
        }
        return name.indexOf('/') >= 0 ? name : resource.namespace() + "/" + name;
    }

    private void destinations(
            Resource<?> resource, List<Destination> destinations, FieldPath path) {
        for (int i = 0; i < destinations.size(); i++) {
            destination(resource, destinations.get(i), path.index(i).field("destination"));
        }
    }

    private void destination(Resource<?> resource, Destination destination, FieldPath path) {
        if (!service(resource, destination.host(), path.field("host"))) {
            return;
        }
        var host = Hosts.resolve(destination.host(), resource.namespace());
        var ports = services.covering(host);
        var port = destination.port();
        if (port != null && ports != null && !ports.contains(port.number())) {
            problems.add(
                    Reason.PORT_NOT_FOUND,
                    resource,
                    path.field("port").field("number"),
                    "the service " + quoted(host) + " has no port " + port.number(),
                    "use one of " + listed(ports));
        }
        var subset = destination.subset();
        var known = subsets.getOrDefault(host, Set.of());
        if (subset != null && !known.contains(subset)) {
            problems.add(
                    Reason.SUBSET_NOT_FOUND,
                    resource,
                    path.field("subset"),
                    "subset "
                            + quoted(subset)
                            + " is in no DestinationRule for host "
                            + quoted(host),
                    known.isEmpty()
                            ? "define it there"
                            : "define it there, or use one of " + listed(known));
        }
    }

    /// Whether the host is there.
    private boolean service(Resource<?> resource, String written, FieldPath path) {
        var host = Hosts.resolve(written, resource.namespace());
        if (services.covering(host) != null) {
            return true;
        }
        var near =
                ++suggestions > MAX_SUGGESTIONS
                        ? Optional.<String>empty()
                        : NearNames.of(host, hosts);
        problems.add(
                Reason.HOST_NOT_FOUND,
                resource,
                path,
                "there is no service " + quoted(host),
                near.map(name -> "did you mean " + name + "?")
                        .orElse("add a ServiceEntry for it, or name another service"));
        return false;
    }
}
