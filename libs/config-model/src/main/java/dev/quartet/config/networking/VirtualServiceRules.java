package dev.quartet.config.networking;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.check.Problems;
import dev.quartet.config.check.Values;
import dev.quartet.config.schema.Names;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// When a VirtualService is right by itself. After Istio 1.4, `validation.go` `ValidateVirtualService`.
public final class VirtualServiceRules {
    private VirtualServiceRules() {}

    public static void check(VirtualService spec, Problems problems) {
        var root = FieldPath.SPEC;
        if (spec.isDelegate()) {
            delegate(spec, problems);
        }
        gateways(spec.gateways(), root.field("gateways"), problems);
        hosts(spec, root.field("hosts"), problems);
        if (spec.http().isEmpty() && spec.tls().isEmpty() && spec.tcp().isEmpty()) {
            problems.missing(
                    root.field("http"), "there are no routes", "add http, tls or tcp routes");
        }
        ExportTo.check(spec.exportTo(), false, problems);
        http(spec.http(), root.field("http"), problems);
        var names = new HostTable<String>();
        spec.hosts().forEach(host -> names.putIfAbsent(host, host));
        for (int i = 0; i < spec.tls().size(); i++) {
            tls(spec.tls().get(i), names, root.field("tls").index(i), problems);
        }
        for (int i = 0; i < spec.tcp().size(); i++) {
            tcp(spec.tcp().get(i), root.field("tcp").index(i), problems);
        }
    }

    private static void delegate(VirtualService spec, Problems problems) {
        var root = FieldPath.SPEC;
        if (!spec.gateways().isEmpty()) {
            problems.conflict(
                    root.field("gateways"),
                    "without hosts it is a delegate, which holds where a route hands over to it",
                    "add hosts, or take gateways out");
        }
        if (!spec.tls().isEmpty() || !spec.tcp().isEmpty()) {
            problems.conflict(
                    root.field(spec.tls().isEmpty() ? "tcp" : "tls"),
                    "without hosts it is a delegate, which has HTTP routes only",
                    "add hosts, or take tls and tcp out");
        }
        for (int i = 0; i < spec.http().size(); i++) {
            if (spec.http().get(i).delegate() != null) {
                problems.conflict(
                        root.field("http").index(i).field("delegate"),
                        "without hosts it is a delegate, which hands over to no other one",
                        "write the routes here, or add hosts");
            }
        }
    }

    private static void hosts(VirtualService spec, FieldPath path, Problems problems) {
        var forSidecars = spec.isForSidecars();
        var hosts = new HostTable<String>();
        for (int i = 0; i < spec.hosts().size(); i++) {
            var host = spec.hosts().get(i);
            if (!Values.isHost(host) && !Values.isIpAddress(host)) {
                problems.invalid(
                        path.index(i),
                        quoted(host) + " is no host",
                        "write a name like reviews, a.example.org or *.example.org");
            } else if (forSidecars && host.equals("*")) {
                problems.invalid(
                        path.index(i),
                        "the host * would take every request of every sidecar",
                        "name the hosts, or bind it to gateways only");
            }
            var wider = hosts.covering(host);
            var earlier = wider == null ? hosts.coveredBy(host) : wider;
            if (earlier != null) {
                problems.invalid(
                        path.index(i),
                        quoted(host) + " and " + quoted(earlier) + " name the same hosts",
                        "keep one of them");
            }
            hosts.putIfAbsent(host, host);
        }
    }

    static void gateways(List<String> gateways, FieldPath path, Problems problems) {
        for (int i = 0; i < gateways.size(); i++) {
            var gateway = gateways.get(i);
            int slash = gateway.indexOf('/');
            var namespace = slash < 0 ? "x" : gateway.substring(0, slash);
            if (!Names.isDnsLabel(namespace) && !namespace.equals(".")
                    || !Names.isDnsName(gateway.substring(slash + 1))) {
                problems.invalid(
                        path.index(i),
                        quoted(gateway) + " is no gateway",
                        "write name or namespace/name, or mesh for sidecars");
            }
        }
    }

    private static void http(List<HttpRoute> routes, FieldPath path, Problems problems) {
        int catchAll = -1;
        for (int i = 0; i < routes.size(); i++) {
            var route = routes.get(i);
            if (catchAll >= 0) {
                problems.add(
                        Reason.UNREACHABLE_ROUTE,
                        path.index(i),
                        "the route is never reached: "
                                + path.index(catchAll)
                                + " takes every request",
                        "move it up");
            } else if (takesEverything(route)) {
                catchAll = i;
            }
            HttpRouteRules.check(route, path.index(i), problems);
        }
    }

    /// What a delegate does not take falls on to the next route.
    private static boolean takesEverything(HttpRoute route) {
        return route.delegate() == null && takesEverything(route.match());
    }

    private static boolean takesEverything(List<HttpMatchRequest> matches) {
        return matches.isEmpty()
                || matches.stream()
                        .anyMatch(match ->
                                (match.uri() == null
                                                || match.uri() instanceof StringMatch.Prefix prefix
                                                        && prefix.prefix().equals("/"))
                                        && match.scheme() == null
                                        && match.method() == null
                                        && match.authority() == null
                                        && match.headers().isEmpty()
                                        && match.withoutHeaders().isEmpty()
                                        && match.queryParams().isEmpty()
                                        && match.port() == null
                                        && match.sourceLabels().isEmpty()
                                        && match.sourceNamespace() == null
                                        && match.gateways().isEmpty());
    }

    private static void tls(
            TlsRoute route, HostTable<String> hosts, FieldPath path, Problems problems) {
        for (int i = 0; i < route.match().size(); i++) {
            var match = route.match().get(i);
            var inner = path.field("match").index(i);
            for (int j = 0; j < match.sniHosts().size(); j++) {
                var sni = match.sniHosts().get(j);
                if (!Values.isHost(sni)) {
                    problems.invalid(
                            inner.field("sniHosts").index(j),
                            quoted(sni) + " is no host",
                            "write a host's name");
                } else if (hosts.covering(sni) == null) {
                    problems.invalid(
                            inner.field("sniHosts").index(j),
                            quoted(sni) + " is not among the hosts of this VirtualService",
                            "add it to spec.hosts, or take it out here");
                }
            }
            subnets(match.destinationSubnets(), match.sourceSubnet(), inner, problems);
            Values.port(problems, inner.field("port"), match.port());
            Values.labels(problems, inner.field("sourceLabels"), match.sourceLabels());
            gateways(match.gateways(), inner.field("gateways"), problems);
        }
        destinations(route.route(), path, problems);
    }

    private static void tcp(TcpRoute route, FieldPath path, Problems problems) {
        for (int i = 0; i < route.match().size(); i++) {
            var match = route.match().get(i);
            var inner = path.field("match").index(i);
            subnets(match.destinationSubnets(), match.sourceSubnet(), inner, problems);
            Values.port(problems, inner.field("port"), match.port());
            Values.labels(problems, inner.field("sourceLabels"), match.sourceLabels());
            gateways(match.gateways(), inner.field("gateways"), problems);
        }
        destinations(route.route(), path, problems);
    }

    private static void subnets(
            List<String> subnets, @Nullable String source, FieldPath path, Problems problems) {
        for (int i = 0; i < subnets.size(); i++) {
            Values.subnet(problems, path.field("destinationSubnets").index(i), subnets.get(i));
        }
        Values.subnet(problems, path.field("sourceSubnet"), source);
    }

    private static void destinations(
            List<RouteDestination> route, FieldPath path, Problems problems) {
        if (route.isEmpty()) {
            problems.missing(path.field("route"), "the route leads nowhere", "add a destination");
        }
        RouteTargets.weights(
                route.stream().<@Nullable Integer>map(RouteDestination::weight).toList(),
                path.field("route"),
                problems);
        for (int i = 0; i < route.size(); i++) {
            RouteTargets.destination(
                    route.get(i).destination(),
                    path.field("route").index(i).field("destination"),
                    problems);
        }
    }
}
