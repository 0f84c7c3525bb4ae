package dev.quartet.pilot.translate;

import dev.quartet.config.Problem;
import dev.quartet.config.Resource;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.pilot.snapshot.Facts;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The routes of a gateway's HTTP: one table for all that is plaintext on a port, and one for each server by TLS, so that nobody comes to the routes of a server in whose
/// handshake he was not. A connection by HTTP/2 may bring requests for other names that the certificate is good for (RFC 9113, section 9.1.1): what another server, or none, has is misdirected,
/// 421 (RFC 9110, section 15.5.20).
/// After Istio 1.4, `pilot/pkg/networking/core/v1alpha3/gateway.go` `buildGatewayHTTPRouteConfig`.
final class GatewayTables {
    private static final int NOT_FOUND = 404;
    private static final int MISDIRECTED = 421;
    private static final String ANY = "*";

    /// What a table is made of.
    ///
    /// @param listening with the servers that others have their tables for
    record Plan(
            String name,
            GatewayServers.Address address,
            List<GatewayServers.Server> servers,
            GatewayServers.Listening listening) {
        boolean byTls() {
            return listening.kind() == GatewayServers.Kind.TLS;
        }

        /// The hosts of a VirtualService that requests to a server may ask for.
        private List<String> served(GatewayServers.Server server, Resource<VirtualService> routes) {
            return server.served(routes).stream()
                    .filter(host -> !byTls() || listening.isFor(server, host))
                    .toList();
        }
    }

    /// The routes of one host, and where each comes from.
    ///
    /// @param toHttps who sends everybody to HTTPS
    record HostRoutes(
            List<Route> routes,
            List<RouteSource> sources,
            List<Routes.Skipped> skipped,
            List<Problem> problems,
            Set<Origin> toHttps) {
        HostRoutes() {
            this(
                    new ArrayList<>(),
                    new ArrayList<>(),
                    new ArrayList<>(),
                    new ArrayList<>(),
                    new LinkedHashSet<>());
        }
    }

    private final Facts facts;
    private final Gateways.Place place;

    GatewayTables(Facts facts, Gateways.Place place) {
        this.facts = facts;
        this.place = place;
    }

    static List<Plan> of(GatewayServers.Address address, GatewayServers.Listening listening) {
        return switch (listening.kind()) {
            case HTTP ->
                    List.of(
                            new Plan(
                                    Names.gatewayRoute(address),
                                    address,
                                    listening.servers(),
                                    listening));
            case TLS ->
                    listening.servers().stream()
                            .filter(GatewayServers.Server::readsHttp)
                            .map(server ->
                                    new Plan(
                                            Names.gatewayRoute(server),
                                            address,
                                            List.of(server),
                                            listening))
                            .toList();
            case CONNECTIONS -> List.of();
        };
    }

    /// @param problems gets why something that users asked for is not in it
    XdsResource table(Plan plan, Set<Problem> problems) {
        var clusters = new HashSet<String>();
        var hosts = hosts(plan, clusters);
        hosts.values().forEach(found -> problems.addAll(found.problems()));
        var table =
                RouteConfiguration.newBuilder()
                        .setName(plan.name())
                        .setIgnorePortInHostMatching(true)
                        .setValidateClusters(Envoy.no());
        var port = plan.address().port();
        hosts.forEach((host, found) -> table.addVirtualHosts(virtualHost(host, port, found)));
        others(plan, hosts.keySet()).forEach(table::addVirtualHosts);
        return XdsResource.of(XdsType.RDS, plan.name(), table.build(), clusters);
    }

    private static VirtualHost virtualHost(String host, int port, HostRoutes found) {
        var made =
                VirtualHost.newBuilder()
                        .setName(VirtualHosts.name(host, port))
                        .addDomains(host)
                        .setIncludeRequestAttemptCount(true)
                        .addAllRoutes(found.routes());
        if (!found.toHttps().isEmpty()) {
            made.setRequireTls(VirtualHost.TlsRequirementType.ALL);
        }
        return made.build();
    }

    /// For requests that no VirtualService routes.
    private static List<VirtualHost> others(Plan plan, Set<String> routed) {
        var port = plan.address().port();
        if (!plan.byTls()) {
            return routed.isEmpty()
                    ? List.of(
                            answers(
                                    "blackhole:" + port,
                                    List.of(ANY),
                                    NOT_FOUND,
                                    "quartet: no VirtualService is bound to this gateway\n"))
                    : List.of();
        }
        var others = new ArrayList<VirtualHost>();
        var server = plan.servers().getFirst();
        var unrouted = server.names().stream().filter(name -> !routed.contains(name)).toList();
        if (!unrouted.isEmpty()) {
            others.add(
                    answers(
                            "blackhole:" + port,
                            unrouted,
                            NOT_FOUND,
                            "quartet: no VirtualService is bound to this host of the gateway\n"));
        }
        var misdirected = new ArrayList<>(plan.listening().elsewhere(server));
        if (!routed.contains(ANY) && !unrouted.contains(ANY)) {
            misdirected.add(ANY);
        }
        if (!misdirected.isEmpty()) {
            others.add(
                    answers(
                            "misdirected:" + port,
                            misdirected,
                            MISDIRECTED,
                            "quartet: the host is not one of the server that the TLS connection was made to\n"));
        }
        return others;
    }

    private static VirtualHost answers(String name, List<String> domains, int status, String body) {
        return VirtualHost.newBuilder()
                .setName(name)
                .addAllDomains(domains)
                .addRoutes(
                        Route.newBuilder()
                                .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                                .setDirectResponse(
                                        DirectResponseAction.newBuilder()
                                                .setStatus(status)
                                                .setBody(
                                                        DataSource.newBuilder()
                                                                .setInlineString(body))))
                .build();
    }

    /// The routes of a host come from all VirtualServices bound to it, in order of their names. A host that is sent to HTTPS needs none.
    ///
    /// @param clusters gets those that the routes name
    Map<String, HostRoutes> hosts(Plan plan, Set<String> clusters) {
        var hosts = new LinkedHashMap<String, HostRoutes>();
        for (var server : plan.servers()) {
            var site = place.site(server, plan.address().port());
            for (var service : place.routesOf(facts, server)) {
                var served = plan.served(server, service);
                if (served.isEmpty()) {
                    continue;
                }
                var result = Routes.of(facts, service, site);
                clusters.addAll(result.clusters());
                for (var host : served) {
                    var found = hosts.computeIfAbsent(host, _ -> new HostRoutes());
                    redirect(server, found);
                    var before = found.routes().size();
                    result.skipped().forEach(it -> found.skipped().add(it.after(before)));
                    found.routes().addAll(result.routes());
                    found.sources().addAll(result.sources());
                    found.problems().addAll(result.problems());
                }
            }
        }
        for (var server : plan.servers()) {
            if (server.redirects()) {
                for (var name : server.names()) {
                    redirect(server, hosts.computeIfAbsent(name, _ -> new HostRoutes()));
                }
            }
        }
        return hosts;
    }

    private static void redirect(GatewayServers.Server server, HostRoutes found) {
        if (server.redirects()) {
            found.toHttps().add(server.origin().field("tls").field("httpsRedirect"));
        }
    }
}
