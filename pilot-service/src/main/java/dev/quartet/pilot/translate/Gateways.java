package dev.quartet.pilot.translate;

import dev.quartet.config.Resource;
import dev.quartet.config.networking.Gateway;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.Protocol;
import dev.quartet.config.networking.VirtualService;
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
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// A gateway proxy: a listener per port of the Gateways that select it, and the routes bound to them.
/// After Istio 1.4, `pilot/pkg/networking/core/v1alpha3/gateway.go`; HTTP only so far.
final class Gateways {
    /// @param address bound by the listeners: all addresses, or the workload's own where traffic is not captured
    record Scope(String instance, String namespace, String bind) {}

    record Result(List<XdsResource> listeners, List<XdsResource> routes) {}

    private Gateways() {}

    static Result of(Facts facts, Scope scope) {
        var workload = facts.workload(scope.instance());
        if (workload.isEmpty()) {
            return new Result(List.of(), List.of());
        }
        var listeners = new ArrayList<XdsResource>();
        var routes = new ArrayList<XdsResource>();
        var observation =
                Observation.outbound(
                        facts,
                        Spans.speaker(facts, workload.get().name(), workload.get().namespace()));
        serversByPort(facts, workload.get())
                .forEach((port, servers) -> {
                    listeners.add(listener(scope, port, observation));
                    routes.add(table(facts, scope, workload.get(), port, servers));
                });
        return new Result(listeners, routes);
    }

    private record Server(Resource<Gateway> gateway, Gateway.Server server) {}

    private static Map<Integer, List<Server>> serversByPort(Facts facts, Workload workload) {
        var byPort = new TreeMap<Integer, List<Server>>();
        for (var gateway : facts.gateways()) {
            if (!Labels.match(gateway.spec().selector(), workload.labels())) {
                continue;
            }
            for (var server : gateway.spec().servers()) {
                var isHttp =
                        Protocol.parse(server.port().protocol()).map(Protocol::isHttp).orElse(false)
                                && server.tls() == null;
                if (isHttp) {
                    byPort.computeIfAbsent(server.port().number(), ignored -> new ArrayList<>())
                            .add(new Server(gateway, server));
                }
            }
        }
        return byPort;
    }

    private static XdsResource listener(Scope scope, int port, Observation observation) {
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
                                                        observation)));
        return XdsResource.of(XdsType.LDS, name, listener.build(), observation.clusters());
    }

    /// The routes of a host on one gateway port come from all VirtualServices bound to it, in order of their names.
    private static XdsResource table(
            Facts facts, Scope scope, Workload workload, int port, List<Server> servers) {
        var hosts = new LinkedHashMap<String, List<Route>>();
        var clusters = new HashSet<String>();
        for (var server : servers) {
            var site =
                    new Site(
                            server.gateway().key().namespacedName(),
                            scope.namespace(),
                            port,
                            workload.labels());
            for (var service : facts.routesOf(server.gateway().key())) {
                var served = served(server, service);
                if (served.isEmpty()) {
                    continue;
                }
                var result = Routes.of(facts, service, site);
                clusters.addAll(result.clusters());
                served.forEach(host ->
                        hosts.computeIfAbsent(host, ignored -> new ArrayList<>())
                                .addAll(result.routes()));
            }
        }
        var name = Names.gatewayRoute(port);
        var table = RouteConfiguration.newBuilder().setName(name).setValidateClusters(Envoy.no());
        if (hosts.isEmpty()) {
            table.addVirtualHosts(nothing(port));
        }
        hosts.forEach((host, routes) ->
                table.addVirtualHosts(
                        VirtualHost.newBuilder()
                                .setName(host + ":" + port)
                                .addAllDomains(domains(host, port))
                                .setIncludeRequestAttemptCount(true)
                                .addAllRoutes(routes)));
        return XdsResource.of(XdsType.RDS, name, table.build(), clusters);
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
