package dev.quartet.pilot.translate;

import dev.quartet.config.Problem;
import dev.quartet.config.Resource;
import dev.quartet.config.networking.Gateway;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.Protocol;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.pilot.node.HttpOptions;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Labels;
import dev.quartet.pilot.snapshot.Workload;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.TrafficDirection;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// A gateway proxy: a listener per port of the Gateways that select it, and the routes bound to them.
/// After Istio 1.4, `pilot/pkg/networking/core/v1alpha3/gateway.go`; HTTP only so far.
final class Gateways {
    /// @param bind address of the listeners: all, or the workload's own where traffic is not captured
    record Scope(String instance, String namespace, String bind, HttpOptions http) {}

    /// @param problems why something that users asked for is not among the routes
    record Result(
            List<XdsResource> listeners,
            List<XdsResource> routes,
            List<XdsResource> extensions,
            List<Problem> problems) {}

    private Gateways() {}

    static Result of(Facts facts, Scope scope) {
        var workload = facts.workload(scope.instance());
        if (workload.isEmpty()) {
            return new Result(List.of(), List.of(), List.of(), List.of());
        }
        var listeners = new ArrayList<XdsResource>();
        var routes = new ArrayList<XdsResource>();
        var extensions = new ArrayList<XdsResource>();
        var problems = new LinkedHashSet<Problem>();
        var observation =
                Observation.outbound(
                        facts,
                        Spans.speaker(facts, workload.get().name(), workload.get().namespace()));
        serversByPort(facts, workload.get())
                .forEach((port, servers) -> {
                    var table = table(facts, scope, workload.get(), port, servers, problems);
                    listeners.add(listener(scope, port, observation, lookups(facts, table)));
                    routes.add(table);
                    var access = AccessFilters.ofRequests(facts, workload.get(), port, true);
                    problems.addAll(access.problems());
                    extensions.addAll(
                            PolicyFilters.extensions(facts, workload.get(), port, access));
                });
        return new Result(listeners, routes, extensions, List.copyOf(problems));
    }

    /// @param number among the Gateway's servers
    record Server(Resource<Gateway> gateway, int number, Gateway.Server server) {
        Origin origin() {
            return Origin.of(gateway.key(), "servers").index(number);
        }
    }

    /// The routes of one host on one port, and where each comes from.
    record HostRoutes(
            List<Route> routes,
            List<RouteSource> sources,
            List<Routes.Skipped> skipped,
            List<Problem> problems) {
        HostRoutes() {
            this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        }
    }

    /// The servers of a gateway that listen on a port.
    static List<Server> servers(Facts facts, Scope scope, int port) {
        return facts.workload(scope.instance())
                .map(workload -> serversByPort(facts, workload).getOrDefault(port, List.of()))
                .orElse(List.of());
    }

    static Site site(Scope scope, Workload workload, int port, Server server) {
        return new Site(
                server.gateway().key().namespacedName(),
                scope.namespace(),
                port,
                workload.labels());
    }

    private static Map<Integer, List<Server>> serversByPort(Facts facts, Workload workload) {
        var byPort = new TreeMap<Integer, List<Server>>();
        for (var gateway : facts.gateways()) {
            if (!Labels.match(gateway.spec().selector(), workload.labels())) {
                continue;
            }
            for (int number = 0; number < gateway.spec().servers().size(); number++) {
                var server = gateway.spec().servers().get(number);
                var isHttp =
                        Protocol.parse(server.port().protocol()).map(Protocol::isHttp).orElse(false)
                                && server.tls() == null;
                if (isHttp) {
                    byPort.computeIfAbsent(server.port().number(), ignored -> new ArrayList<>())
                            .add(new Server(gateway, number, server));
                }
            }
        }
        return byPort;
    }

    /// Filters that look names up, where routes lead to services that are found so.
    private static List<HttpFilter> lookups(Facts facts, XdsResource table) {
        return facts.dynamicHosts().isEmpty()
                        || table.clusters().stream()
                                .map(cluster -> cluster.substring(cluster.lastIndexOf('|') + 1))
                                .map(facts::service)
                                .flatMap(Optional::stream)
                                .noneMatch(DynamicNames::has)
                ? List.of()
                : DynamicNames.filters();
    }

    private static XdsResource listener(
            Scope scope, int port, Observation observation, List<HttpFilter> lookups) {
        var name = scope.bind() + "_" + port;
        var listener =
                Listener.newBuilder()
                        .setName(name)
                        .setAddress(Envoy.address(scope.bind(), port))
                        .setTrafficDirection(TrafficDirection.OUTBOUND)
                        .addFilterChains(
                                FilterChain.newBuilder()
                                        .addFilters(
                                                HttpConnections.gateway(
                                                        "gateway_" + port,
                                                        Names.gatewayRoute(port),
                                                        observation,
                                                        scope.http(),
                                                        lookups,
                                                        PolicyFilters.of(port))));
        return XdsResource.of(XdsType.LDS, name, listener.build(), observation.clusters());
    }

    /// The routes of a host on one gateway port come from all VirtualServices bound to it, in order of their names.
    private static XdsResource table(
            Facts facts,
            Scope scope,
            Workload workload,
            int port,
            List<Server> servers,
            Set<Problem> problems) {
        var clusters = new HashSet<String>();
        var hosts = hosts(facts, scope, workload, port, servers, clusters);
        hosts.values().forEach(found -> problems.addAll(found.problems()));
        var name = Names.gatewayRoute(port);
        var table = RouteConfiguration.newBuilder().setName(name).setValidateClusters(Envoy.no());
        if (hosts.isEmpty()) {
            table.addVirtualHosts(nothing(port));
        }
        hosts.forEach((host, found) ->
                table.addVirtualHosts(
                        VirtualHost.newBuilder()
                                .setName(VirtualHosts.name(host, port))
                                .addAllDomains(domains(host, port))
                                .setIncludeRequestAttemptCount(true)
                                .addAllRoutes(found.routes())));
        return XdsResource.of(XdsType.RDS, name, table.build(), clusters);
    }

    /// @param clusters gets those that the routes name
    static Map<String, HostRoutes> hosts(
            Facts facts,
            Scope scope,
            Workload workload,
            int port,
            List<Server> servers,
            Set<String> clusters) {
        var hosts = new LinkedHashMap<String, HostRoutes>();
        for (var server : servers) {
            var site = site(scope, workload, port, server);
            for (var service : facts.routesOf(server.gateway().key())) {
                var served = served(server, service);
                if (served.isEmpty()) {
                    continue;
                }
                var result = Routes.of(facts, service, site);
                clusters.addAll(result.clusters());
                for (var host : served) {
                    var found = hosts.computeIfAbsent(host, ignored -> new HostRoutes());
                    var before = found.routes().size();
                    result.skipped().forEach(it -> found.skipped().add(it.after(before)));
                    found.routes().addAll(result.routes());
                    found.sources().addAll(result.sources());
                    found.problems().addAll(result.problems());
                }
            }
        }
        return hosts;
    }

    /// The hosts of a VirtualService that the server takes; of two patterns the narrower counts.
    private static Set<String> served(Server server, Resource<VirtualService> service) {
        var served = new java.util.LinkedHashSet<String>();
        for (var pattern : server.server().hosts()) {
            var slash = pattern.indexOf('/');
            var namespace = slash < 0 ? "*" : pattern.substring(0, slash);
            if (namespace.equals(".")) {
                namespace = server.gateway().namespace();
            }
            if (!namespace.equals("*") && !namespace.equals(service.namespace())) {
                continue;
            }
            var wanted = pattern.substring(slash + 1);
            for (var written : service.spec().hosts()) {
                var host = Hosts.resolve(written, service.namespace());
                if (Hosts.covers(wanted, host)) {
                    served.add(host);
                } else if (Hosts.covers(host, wanted)) {
                    served.add(wanted);
                }
            }
        }
        return served;
    }

    private static List<String> domains(String host, int port) {
        return host.equals("*") ? List.of("*") : List.of(host, host + ":" + port);
    }

    private static VirtualHost nothing(int port) {
        return VirtualHost.newBuilder()
                .setName("blackhole:" + port)
                .addDomains("*")
                .addRoutes(
                        Route.newBuilder()
                                .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                                .setDirectResponse(
                                        DirectResponseAction.newBuilder()
                                                .setStatus(404)
                                                .setBody(
                                                        DataSource.newBuilder()
                                                                .setInlineString(
                                                                        "quartet: no VirtualService is bound to this gateway\n"))))
                .build();
    }
}
