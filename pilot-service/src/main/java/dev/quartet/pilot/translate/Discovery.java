package dev.quartet.pilot.translate;

import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Service;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.extensions.clusters.common.dns.v3.DnsLookupFamily;
import io.envoyproxy.envoy.extensions.clusters.dns.v3.DnsCluster;
import io.envoyproxy.envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig;
import java.util.function.Supplier;

/// How a cluster finds its endpoints: from Pilot, by DNS in the proxy, or by where the client wanted to go.
/// After Istio 1.4, `pilot/pkg/networking/core/v1alpha3/cluster.go` `convertResolution`.
final class Discovery {
    /// How requests come to the proxy whose cluster it is.
    enum Client {
        /// With the address that they wanted.
        CAPTURED,

        /// With the name that they wanted.
        HTTP_PROXY,

        /// With neither.
        GATEWAY
    }

    private static final String FORWARD_PROXY = "envoy.clusters.dynamic_forward_proxy";

    private Discovery() {}

    /// @param endpoints its names, for DNS
    static void set(
            Cluster.Builder cluster,
            Facts facts,
            Service service,
            Service.Port port,
            Client client,
            Supplier<ClusterLoadAssignment> endpoints) {
        switch (service.resolution()) {
            case DNS -> byName(cluster, facts, endpoints.get(), false);
            case DNS_ROUND_ROBIN -> byName(cluster, facts, endpoints.get(), true);
            case NONE -> {
                if (client == Client.CAPTURED) {
                    byAddress(cluster);
                } else if (client == Client.HTTP_PROXY && VirtualHosts.mayBeHttp(port)) {
                    cluster.setClusterType(forwardProxy());
                } else {
                    byPilot(cluster);
                }
            }
            case HEADLESS -> {
                if (client == Client.CAPTURED) {
                    byAddress(cluster); // of its workloads the client has chosen one
                } else {
                    byPilot(cluster);
                }
            }
            case ENDPOINTS -> byPilot(cluster);
            case DYNAMIC_DNS -> cluster.setClusterType(forwardProxy());
        }
    }

    private static void byAddress(Cluster.Builder cluster) {
        cluster.setType(Cluster.DiscoveryType.ORIGINAL_DST);
    }

    /// Whether the proxy asks Pilot for the endpoints.
    static boolean byPilot(Service service, Client client) {
        return switch (service.resolution()) {
            case ENDPOINTS -> true;
            case HEADLESS, NONE -> client != Client.CAPTURED;
            case DNS, DNS_ROUND_ROBIN, DYNAMIC_DNS -> false;
        };
    }

    /// Whether the proxy asks DNS for them.
    static boolean byName(Service service) {
        return switch (service.resolution()) {
            case DNS, DNS_ROUND_ROBIN -> true;
            case ENDPOINTS, HEADLESS, NONE, DYNAMIC_DNS -> false;
        };
    }

    /// Whether the cluster itself says where a request goes, so that no balancing is left to do.
    static boolean choosesItself(Cluster.Builder cluster) {
        return cluster.getType() == Cluster.DiscoveryType.ORIGINAL_DST || isForwardProxy(cluster);
    }

    static boolean isForwardProxy(Cluster.Builder cluster) {
        return cluster.getClusterType().getName().equals(FORWARD_PROXY);
    }

    static void byPilot(Cluster.Builder cluster) {
        cluster.setType(Cluster.DiscoveryType.EDS)
                .setEdsClusterConfig(
                        Cluster.EdsClusterConfig.newBuilder()
                                .setEdsConfig(Envoy.adsForEndpoints())
                                .setServiceName(cluster.getName()));
    }

    /// @param together whether one of a name's addresses stands for all
    private static void byName(
            Cluster.Builder cluster,
            Facts facts,
            ClusterLoadAssignment endpoints,
            boolean together) {
        var dns =
                DnsCluster.newBuilder()
                        .setDnsLookupFamily(DnsLookupFamily.V4_PREFERRED)
                        .setDnsRefreshRate(Envoy.duration(facts.mesh().dnsRefreshRate()))
                        .setRespectDnsTtl(true)
                        .setAllAddressesInSingleEndpoint(together);
        cluster.setClusterType(
                        Cluster.CustomClusterType.newBuilder()
                                .setName("envoy.cluster.dns")
                                .setTypedConfig(Envoy.any(dns.build())))
                .setLoadAssignment(endpoints);
    }

    /// Looks the request's host up.
    static Cluster.CustomClusterType forwardProxy() {
        return forwardProxy(true);
    }

    /// @param named whether a server's certificate must be for the name that was looked up; Envoy wants to be told when not
    static Cluster.CustomClusterType forwardProxy(boolean named) {
        return Cluster.CustomClusterType.newBuilder()
                .setName(FORWARD_PROXY)
                .setTypedConfig(
                        Envoy.any(
                                ClusterConfig.newBuilder()
                                        .setDnsCacheConfig(HttpConnections.dnsCache())
                                        .setAllowInsecureClusterOptions(!named)
                                        .build()))
                .build();
    }
}
