package dev.quartet.pilot.translate;

import com.google.protobuf.util.Durations;
import dev.quartet.pilot.snapshot.Facts;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.TrafficDirection;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// A sidecar's way out: listeners and route tables of its client side.
final class Outbound {
    static final int CAPTURE_PORT = 15001;
    static final String TCP_PROXY = "envoy.filters.network.tcp_proxy";

    private Outbound() {}

    /// Everything that goes nowhere or anywhere: black hole, and the way to hosts that the mesh doesn't know.
    static List<XdsResource> clusters(Facts facts, Discovery.Client client) {
        var clusters = new ArrayList<XdsResource>();
        clusters.add(Clusters.blackHole());
        clusters.add(
                switch (client) {
                    case CAPTURED ->
                            Clusters.passthrough(
                                    Names.PASSTHROUGH, null, facts.mesh().connectTimeout());
                    case HTTP_PROXY, GATEWAY -> forwardProxy();
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
                        .setClusterType(Discovery.forwardProxy());
        return XdsResource.of(XdsType.CDS, Names.PASSTHROUGH, cluster.build(), Set.of());
    }

    /// The listener that a sidecar's application uses as its HTTP proxy.
    ///
    /// @param dynamic whether services with dynamic names are among what it takes
    static XdsResource proxyListener(
            Facts facts, String address, int port, ClientSide side, boolean dynamic) {
        var name = address + "_" + port;
        var observation = Observation.outbound(facts, side.speaker());
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
                                                        observation,
                                                        side.http(),
                                                        dynamic
                                                                ? DynamicNames.filters()
                                                                : DynamicNames
                                                                        .filtersOfForwardProxy())));
        return XdsResource.of(XdsType.LDS, name, listener.build(), observation.clusters());
    }

    /// A connection to the capture port itself would loop for ever (`filter_chain_match.destination_port`).
    static FilterChain guard(int port, Observation observation) {
        return FilterChain.newBuilder()
                .setName("guard-" + port)
                .setFilterChainMatch(
                        FilterChainMatch.newBuilder().setDestinationPort(Envoy.number(port)))
                .addFilters(tcpProxy(Names.BLACK_HOLE, observation))
                .build();
    }

    static Filter tcpProxy(String cluster, Observation observation) {
        return tcpProxy(cluster, ConnectionPolicy.NONE, observation);
    }

    static Filter tcpProxy(String cluster, ConnectionPolicy policy, Observation observation) {
        return tcpProxy(
                policy.on(TcpProxy.newBuilder().setStatPrefix(cluster).setCluster(cluster)),
                observation);
    }

    static Filter tcpProxy(TcpProxy.Builder proxy, Observation observation) {
        return Filter.newBuilder()
                .setName(TCP_PROXY)
                .setTypedConfig(Envoy.any(proxy.addAllAccessLog(observation.logs()).build()))
                .build();
    }
}
