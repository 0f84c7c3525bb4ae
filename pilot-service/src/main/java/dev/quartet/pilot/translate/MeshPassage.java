package dev.quartet.pilot.translate;

import dev.quartet.config.Resource;
import dev.quartet.config.networking.DestinationRule;
import dev.quartet.config.networking.Gateway;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.Protocol;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Labels;
import dev.quartet.pilot.snapshot.Service;
import dev.quartet.pilot.snapshot.Workload;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.SubstitutionFormatString;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.extensions.filters.common.set_filter_state.v3.FilterStateValue;
import io.envoyproxy.envoy.extensions.filters.network.set_filter_state.v3.Config;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// AUTO_PASSTHROUGH: mTLS of sidecars passes a gateway unopened, by its server name, `outbound_.9080_.v1_.reviews.shop.svc.cluster.local`, to the cluster
/// `passage|` and that name. Nobody comes by it to a workload that would believe him (CVE-2021-31921): a connection must offer what sidecars offer, no name leads to other clusters, and
/// these have no workloads but those whose sidecars take it as mTLS, which asks for a certificate of the mesh. Istio's `sni_cluster` takes the name of any cluster, and a filter that forbids the others
/// decides when the way is open already.
/// After Istio 1.4, `pilot/pkg/networking/core/v1alpha3/cluster.go` `buildOutboundSniDnatClusters`.
final class MeshPassage {
    /// Of the clusters, before the name in the handshake.
    static final String PREFIX = "passage|";

    private static final String ANY = "*";

    /// The clusters of one service, and their endpoints.
    record Clusters(List<XdsResource> clusters, List<XdsResource> endpoints) {}

    private MeshPassage() {}

    static FilterChain chain(GatewayServers.Server server, Observation connections) {
        return FilterChain.newBuilder()
                .setName(Names.gatewayRoute(server))
                .setFilterChainMatch(match(server))
                .addFilters(
                        Filter.newBuilder()
                                .setName("envoy.filters.network.set_filter_state")
                                .setTypedConfig(Envoy.any(clusterByName())))
                .addFilters(Outbound.tcpProxy(Names.BLACK_HOLE, connections))
                .build();
    }

    /// Whatever name a client chooses, it is the end of a name that only these clusters have.
    private static Config clusterByName() {
        return Config.newBuilder()
                .addOnNewConnection(
                        FilterStateValue.newBuilder()
                                .setObjectKey("envoy.tcp_proxy.cluster")
                                .setFormatString(
                                        SubstitutionFormatString.newBuilder()
                                                .setTextFormatSource(
                                                        DataSource.newBuilder()
                                                                .setInlineString(
                                                                        PREFIX
                                                                                + "%REQUESTED_SERVER_NAME%"))))
                .build();
    }

    /// The name of a service is the end of the names that lead to it.
    private static FilterChainMatch match(GatewayServers.Server server) {
        var match =
                FilterChainMatch.newBuilder()
                        .setTransportProtocol("tls")
                        .addApplicationProtocols(TlsContexts.MESH_ALPN);
        if (!server.names().contains(ANY)) {
            server.names().stream()
                    .map(name -> name.startsWith(ANY) ? name : "*." + name)
                    .distinct()
                    .forEach(match::addServerNames);
        }
        return match.build();
    }

    /// The hosts that may be reached so; none where no server of the gateway says it.
    static Set<String> patterns(Facts facts, Gateways.Scope scope) {
        var patterns = new HashSet<String>();
        Gateways.servers(facts, scope).all().values().stream()
                .flatMap(listening -> listening.servers().stream())
                .filter(server ->
                        server.kind() == GatewayServers.Kind.TLS
                                && server.mode() == Gateway.Mode.AUTO_PASSTHROUGH)
                .forEach(server -> patterns.addAll(server.names()));
        return patterns;
    }

    static boolean isMeant(Collection<String> patterns, String host) {
        return patterns.stream().anyMatch(pattern -> Hosts.covers(pattern, host));
    }

    /// Of a host, as a gateway in the namespace sees it.
    static Clusters of(Facts facts, String host, String namespace, Where where) {
        var clusters = new ArrayList<XdsResource>();
        var endpoints = new ArrayList<XdsResource>();
        facts.service(host)
                .filter(Service::inMesh)
                .ifPresent(service -> {
                    var rule = DestinationRules.of(facts, host, namespace);
                    for (var port : service.ports()) {
                        if (port.protocol() == Protocol.UDP) {
                            continue;
                        }
                        var subsets = new ArrayList<>(List.of(""));
                        DestinationRules.subsets(rule).forEach(it -> subsets.add(it.name()));
                        for (var subset : subsets) {
                            var name = PREFIX + Names.sni(port.number(), subset, host);
                            clusters.add(cluster(facts, name, port, subset, rule));
                            endpoints.add(
                                    endpoints(facts, name, service, port, subset, rule, where));
                        }
                    }
                });
        return new Clusters(clusters, endpoints);
    }

    private static XdsResource cluster(
            Facts facts,
            String name,
            Service.Port port,
            String subset,
            Optional<Resource<DestinationRule>> rule) {
        var cluster =
                Cluster.newBuilder()
                        .setName(name)
                        .setConnectTimeout(Envoy.duration(facts.mesh().connectTimeout()));
        Discovery.byPilot(cluster);
        var policy = new ClusterPolicy(cluster, port, facts.clusterDefaults().keepalive(), false);
        TrafficPolicies.layers(rule, subset, port.number()).forEach(policy::apply);
        policy.finish();
        return XdsResource.of(XdsType.CDS, name, cluster.build(), Set.of());
    }

    private static XdsResource endpoints(
            Facts facts,
            String name,
            Service service,
            Service.Port port,
            String subset,
            Optional<Resource<DestinationRule>> rule,
            Where where) {
        var labels = DestinationRules.labels(rule, subset);
        var near = LocalityLbEndpoints.newBuilder();
        for (var workload : facts.workloads(service)) {
            var number = workload.portFor(service, port);
            if (!workload.address().isEmpty()
                    && Labels.match(labels, workload.labels())
                    && facts.isSentMutualTls(workload, number)
                    && isNear(facts, workload, where)) {
                near.addLbEndpoints(Endpoints.at(workload.address(), number));
            }
        }
        var assignment = ClusterLoadAssignment.newBuilder().setClusterName(name);
        if (near.getLbEndpointsCount() > 0) {
            assignment.addEndpoints(near);
        }
        return XdsResource.of(XdsType.EDS, name, assignment.build(), Set.of());
    }

    /// What is in another network has its own gateway.
    private static boolean isNear(Facts facts, Workload workload, Where where) {
        return !Targets.isBehindGateways(facts.placement(), workload)
                || workload.place().network().equals(where.place().network());
    }
}
