package dev.quartet.pilot.translate;

import com.google.protobuf.util.Durations;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.snapshot.Facts;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.TrafficDirection;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// A sidecar's way out: listeners and route tables of its client side.
final class Outbound {
    private static final int CAPTURE_PORT = 15001;
    private static final int HTTP_PORT = 80;

    private Outbound() {}

    /// Everything that goes nowhere or anywhere: black hole, and the way to hosts that the mesh doesn't know.
    static List<XdsResource> clusters(Facts facts, Proxy.Interception interception) {
        var clusters = new ArrayList<XdsResource>();
        clusters.add(Clusters.blackHole());
        clusters.add(
                switch (interception) {
                    case REDIRECT ->
                            Clusters.passthrough(
                                    Names.PASSTHROUGH, null, facts.mesh().connectTimeout());
                    case NONE -> forwardProxy();
                });
        return clusters;
    }

    /// Where traffic is not captured, unknown hosts are looked up by name.
    private static XdsResource forwardProxy() {
        var cluster =
                Cluster.newBuilder()
                        .setName(Names.PASSTHROUGH)
                        .setConnectTimeout(Durations.fromSeconds(10))
                        .setLbPolicy(Cluster.LbPolicy.CLUSTER_PROVIDED)
                        .setClusterType(
                                Cluster.CustomClusterType.newBuilder()
                                        .setName("envoy.clusters.dynamic_forward_proxy")
                                        .setTypedConfig(
                                                Envoy.any(
                                                        ClusterConfig.newBuilder()
                                                                .setDnsCacheConfig(
                                                                        HttpConnections.dnsCache())
                                                                .build())));
        return XdsResource.of(XdsType.CDS, Names.PASSTHROUGH, cluster.build(), Set.of());
    }

    /// The listener that a sidecar's application uses as its HTTP proxy.
    static XdsResource proxyListener(Facts facts, String address, int port) {
        var name = address + "_" + port;
        var listener =
                Listener.newBuilder()
                        .setName(name)
                        .setAddress(Envoy.address(address, port))
                        .setTrafficDirection(TrafficDirection.OUTBOUND)
                        .addFilterChains(
                                FilterChain.newBuilder()
                                        .addFilters(
                                                HttpConnections.outbound(
                                                        "outbound_http_proxy",
                                                        Names.HTTP_PROXY_ROUTE,
                                                        MixerFilters.outboundReport(facts.mesh()),
                                                        true)));
        return listener(name, listener, facts);
    }

    /// The listeners of captured traffic: one that takes all, and one per HTTP port that it hands over to.
    static List<XdsResource> capturedListeners(Facts facts) {
        var listeners = new ArrayList<XdsResource>();
        var capture =
                Listener.newBuilder()
                        .setName("virtualOutbound")
                        .setAddress(Envoy.address("0.0.0.0", CAPTURE_PORT))
                        .setTrafficDirection(TrafficDirection.OUTBOUND)
                        .setUseOriginalDst(Envoy.yes())
                        .addFilterChains(guard(CAPTURE_PORT))
                        .addFilterChains(
                                FilterChain.newBuilder()
                                        .setName("passthrough")
                                        .addFilters(
                                                tcpProxy(
                                                        facts.mesh().allowAny()
                                                                ? Names.PASSTHROUGH
                                                                : Names.BLACK_HOLE)));
        listeners.add(
                XdsResource.of(
                        XdsType.LDS,
                        "virtualOutbound",
                        capture.build(),
                        Set.of(facts.mesh().allowAny() ? Names.PASSTHROUGH : Names.BLACK_HOLE)));
        for (var port : httpPorts(facts)) {
            var name = "0.0.0.0_" + port;
            var listener =
                    Listener.newBuilder()
                            .setName(name)
                            .setAddress(Envoy.address("0.0.0.0", port))
                            .setBindToPort(Envoy.no())
                            .setTrafficDirection(TrafficDirection.OUTBOUND)
                            .addFilterChains(
                                    FilterChain.newBuilder()
                                            .addFilters(
                                                    HttpConnections.outbound(
                                                            "outbound_" + name,
                                                            Integer.toString(port),
                                                            MixerFilters.outboundReport(
                                                                    facts.mesh()),
                                                            false)));
            listeners.add(listener(name, listener, facts));
        }
        return listeners;
    }

    private static XdsResource listener(String name, Listener.Builder listener, Facts facts) {
        return XdsResource.of(
                XdsType.LDS,
                name,
                listener.build(),
                facts.mesh().reportServer().isPresent() ? Set.of(Names.MIXER_REPORT) : Set.of());
    }

    /// A connection to the capture port itself would loop for ever (`filter_chain_match.destination_port`).
    static FilterChain guard(int port) {
        return FilterChain.newBuilder()
                .setName("guard-" + port)
                .setFilterChainMatch(
                        FilterChainMatch.newBuilder().setDestinationPort(Envoy.number(port)))
                .addFilters(tcpProxy(Names.BLACK_HOLE))
                .build();
    }

    static Filter tcpProxy(String cluster) {
        return Filter.newBuilder()
                .setName("envoy.filters.network.tcp_proxy")
                .setTypedConfig(
                        Envoy.any(
                                TcpProxy.newBuilder()
                                        .setStatPrefix(cluster)
                                        .setCluster(cluster)
                                        .build()))
                .build();
    }

    /// The ports on which some service speaks HTTP.
    static Set<Integer> httpPorts(Facts facts) {
        var ports = new TreeSet<Integer>();
        for (var host : facts.hosts()) {
            VirtualHosts.httpPorts(facts, host).forEach(port -> ports.add(port.number()));
        }
        return ports;
    }

    /// Finds the virtual hosts of a table among the cached ones.
    @FunctionalInterface
    interface HostUnits {
        java.util.Optional<VirtualHosts.Unit> unit(String host, int port, boolean bare);
    }

    /// The route table of one captured port.
    static XdsResource routeTable(Facts facts, int port, HostUnits units) {
        var table = new Table(Integer.toString(port));
        for (var host : facts.hosts()) {
            if (VirtualHosts.httpPorts(facts, host).stream()
                    .anyMatch(found -> found.number() == port)) {
                units.unit(host, port, true).ifPresent(table::add);
            }
        }
        return table.resource(facts);
    }

    /// The route table of the HTTP proxy port: all hosts on all ports. A request without a port means port 80, or the
    /// only port there is.
    static XdsResource proxyTable(Facts facts, HostUnits units) {
        var table = new Table(Names.HTTP_PROXY_ROUTE);
        for (var host : facts.hosts()) {
            var ports = VirtualHosts.httpPorts(facts, host);
            if (ports.isEmpty() && facts.service(host).isEmpty()) {
                units.unit(host, HTTP_PORT, true).ifPresent(table::add);
            }
            for (var port : ports) {
                units.unit(host, port.number(), ports.size() == 1 || port.number() == HTTP_PORT)
                        .ifPresent(table::add);
            }
        }
        return table.resource(facts);
    }

    /// Collects virtual hosts. A domain belongs to the first that claims it: Envoy refuses a table with doubles.
    private static final class Table {
        private final String name;
        private final RouteConfiguration.Builder routes;
        private final Set<String> clusters = new HashSet<>();
        private final Set<String> domains = new HashSet<>();

        Table(String name) {
            this.name = name;
            this.routes =
                    RouteConfiguration.newBuilder().setName(name).setValidateClusters(Envoy.no());
        }

        void add(VirtualHosts.Unit unit) {
            var free = unit.host().getDomainsList().stream().filter(domains::add).toList();
            if (free.isEmpty()) {
                return;
            }
            routes.addVirtualHosts(
                    free.size() == unit.host().getDomainsCount()
                            ? unit.host()
                            : unit.host().toBuilder().clearDomains().addAllDomains(free).build());
            clusters.addAll(unit.clusters());
        }

        XdsResource resource(Facts facts) {
            if (facts.mesh().allowAny()) {
                clusters.add(Names.PASSTHROUGH);
            }
            routes.addVirtualHosts(facts.mesh().allowAny() ? allowAny() : blockAll());
            return XdsResource.of(XdsType.RDS, name, routes.build(), clusters);
        }
    }

    private static VirtualHost allowAny() {
        return VirtualHost.newBuilder()
                .setName("allow_any")
                .addDomains("*")
                .addRoutes(
                        Route.newBuilder()
                                .setName("allow_any")
                                .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                                .setRoute(
                                        RouteAction.newBuilder()
                                                .setCluster(Names.PASSTHROUGH)
                                                .setTimeout(Durations.ZERO)))
                .build();
    }

    private static VirtualHost blockAll() {
        return VirtualHost.newBuilder()
                .setName("block_all")
                .addDomains("*")
                .addRoutes(
                        Route.newBuilder()
                                .setName("block_all")
                                .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                                .setDirectResponse(
                                        DirectResponseAction.newBuilder()
                                                .setStatus(502)
                                                .setBody(
                                                        DataSource.newBuilder()
                                                                .setInlineString(
                                                                        "quartet: no service has this host, and the mesh allows no other (outboundTrafficPolicy REGISTRY_ONLY)\n"))))
                .build();
    }
}
