package dev.quartet.pilot.translate;

import com.google.protobuf.util.Durations;
import dev.quartet.config.Resource;
import dev.quartet.config.networking.ConnectionPoolSettings;
import dev.quartet.config.networking.DestinationRule;
import dev.quartet.config.networking.Protocol;
import dev.quartet.config.networking.TrafficPolicy;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.MeshSettings;
import dev.quartet.pilot.snapshot.Service;
import io.envoyproxy.envoy.config.cluster.v3.CircuitBreakers;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.BindConfig;
import io.envoyproxy.envoy.config.core.v3.Http2ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.KeepaliveSettings;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Clusters and their endpoints: one cluster per service port, and one more per subset of it.
/// After Istio 1.4, `pilot/pkg/networking/core/v1alpha3/cluster.go`.
final class Clusters {
    static final String PROTOCOL_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

    private Clusters() {}

    /// All clusters of a host, as a client in `namespace` sees them.
    static List<XdsResource> outbound(
            Facts facts, String host, String namespace, Discovery.Client client, Where where) {
        var service = facts.service(host);
        if (service.isEmpty()) {
            return List.of();
        }
        var rule = DestinationRules.of(facts, host, namespace);
        var identities = new TreeSet<>(service.get().identities());
        for (var account : facts.accounts(service.get())) {
            identities.add("spiffe://" + facts.mesh().principal(account));
        }
        var clusters = new ArrayList<XdsResource>();
        for (var port : service.get().ports()) {
            if (port.protocol() == Protocol.UDP) {
                continue;
            }
            clusters.add(cluster(facts, service.get(), port, "", rule, client, where, identities));
            for (var subset : DestinationRules.subsets(rule)) {
                clusters.add(
                        cluster(
                                facts,
                                service.get(),
                                port,
                                subset.name(),
                                rule,
                                client,
                                where,
                                identities));
            }
        }
        return clusters;
    }

    private static XdsResource cluster(
            Facts facts,
            Service service,
            Service.Port port,
            String subset,
            Optional<Resource<DestinationRule>> rule,
            Discovery.Client client,
            Where where,
            Set<String> identities) {
        var name = Names.outbound(port.number(), subset, service.host());
        var layers = TrafficPolicies.layers(rule, subset, port.number());
        var mesh = facts.mesh();
        var cluster =
                Cluster.newBuilder()
                        .setName(name)
                        .setConnectTimeout(Envoy.duration(mesh.connectTimeout()))
                        .setMetadata(Envoy.metadata("istio", serviceMetadata(service, rule)));
        Discovery.set(
                cluster,
                facts,
                service,
                port,
                client,
                () -> Endpoints.assignment(facts, service, port, rule, subset, where));
        var defaults = facts.clusterDefaults();
        defaults.outboundStatName()
                .ifPresent(pattern ->
                        cluster.setAltStatName(StatNames.of(pattern, service, port, subset)));
        var policy =
                new ClusterPolicy(
                        cluster,
                        port,
                        defaults.keepalive(),
                        defaults.upgradesToHttp2() && service.inMesh());
        var tls = TrafficPolicies.part(layers, TrafficPolicy::tls);
        if (DynamicNames.has(service)) {
            var named = ClientTls.Named.of(tls, service);
            policy.named(named);
            cluster.setClusterType(Discovery.forwardProxy(named.fully()));
        } else {
            ClientTls.Named.ofWildcard(tls, service, port).ifPresent(policy::named);
        }
        layers.forEach(policy::apply);
        policy.finish();
        Localities.set(cluster, Localities.policy(facts, service, layers));
        secure(cluster, facts, service, port, subset, layers, policy.speaksHttp2(), identities);
        return XdsResource.of(XdsType.CDS, name, cluster.build(), Set.of());
    }

    private static Map<String, String> serviceMetadata(
            Service service, Optional<Resource<DestinationRule>> rule) {
        var values = new TreeMap<String, String>();
        values.put("host", service.host());
        values.put("service", service.name());
        values.put("namespace", service.namespace());
        rule.ifPresent(found -> values.put("config", config(found, "destination-rule")));
        return values;
    }

    /// The user's resource behind a piece of config, in Istio's form.
    static String config(Resource<?> resource, String kind) {
        return "/apis/networking/v1alpha3/namespaces/%s/%s/%s"
                .formatted(resource.namespace(), kind, resource.name());
    }

    static boolean isHttp2(Protocol protocol) {
        return switch (protocol) {
            case HTTP2, GRPC, GRPC_WEB -> true;
            case HTTP, HTTPS, TLS, TCP, UDP, MONGO, REDIS, MYSQL -> false;
        };
    }

    private static io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions http2() {
        return io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.newBuilder()
                .setCommonHttpProtocolOptions(HttpProtocolOptions.getDefaultInstance())
                .setExplicitHttpConfig(
                        io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                                .ExplicitHttpConfig.newBuilder()
                                .setHttp2ProtocolOptions(Http2ProtocolOptions.getDefaultInstance()))
                .build();
    }

    /// Without a word from the user, mTLS goes to the endpoints that have a sidecar (auto mTLS). A service whose
    /// workloads are unknown has no identity to check, so it gets no TLS by itself.
    private static void secure(
            Cluster.Builder cluster,
            Facts facts,
            Service service,
            Service.Port port,
            String subset,
            List<TrafficPolicy> layers,
            boolean http2,
            Set<String> identities) {
        var tls = TrafficPolicies.part(layers, TrafficPolicy::tls);
        var proxyProtocol = TrafficPolicies.part(layers, TrafficPolicy::proxyProtocol);
        if (tls.isPresent()) {
            var socket = ClientTls.socket(tls.get(), service, port, subset, http2, identities);
            if (socket.isPresent() || proxyProtocol.isPresent()) {
                cluster.setTransportSocket(
                        ProxyProtocols.before(
                                socket.orElseGet(TlsContexts::plaintext), proxyProtocol));
            }
            return;
        }
        if (!facts.mesh().autoMtls() || !service.inMesh() || identities.isEmpty()) {
            if (proxyProtocol.isPresent()) {
                cluster.setTransportSocket(
                        ProxyProtocols.before(TlsContexts.plaintext(), proxyProtocol));
            }
            return;
        }
        if (Discovery.choosesItself(cluster)) {
            // nothing says of the address at hand whether it has a sidecar, so all must have one
            if (facts.workloads(service).stream()
                    .allMatch(it -> facts.isSentMutualTls(it, it.portFor(service, port)))) {
                cluster.setTransportSocket(
                        ProxyProtocols.before(
                                ClientTls.ofTheMesh(service, port, subset, http2, identities),
                                proxyProtocol));
            } else if (proxyProtocol.isPresent()) {
                cluster.setTransportSocket(
                        ProxyProtocols.before(TlsContexts.plaintext(), proxyProtocol));
            }
            return;
        }
        cluster.addTransportSocketMatches(
                Cluster.TransportSocketMatch.newBuilder()
                        .setName("tlsMode-istio")
                        .setMatch(Envoy.struct(Map.of("tlsMode", "istio")))
                        .setTransportSocket(
                                ProxyProtocols.before(
                                        ClientTls.ofTheMesh(
                                                service, port, subset, http2, identities),
                                        proxyProtocol)));
        cluster.addTransportSocketMatches(
                Cluster.TransportSocketMatch.newBuilder()
                        .setName("tlsMode-disabled")
                        .setMatch(Envoy.struct(Map.of()))
                        .setTransportSocket(
                                ProxyProtocols.before(TlsContexts.plaintext(), proxyProtocol)));
    }

    /// A server that is no service of the mesh, by its address or by what DNS says of its name.
    static Cluster.Builder server(String name, MeshSettings.HostPort address) {
        return Cluster.newBuilder()
                .setName(name)
                .setType(
                        isIp(address.host())
                                ? Cluster.DiscoveryType.STATIC
                                : Cluster.DiscoveryType.STRICT_DNS)
                .setLoadAssignment(assignment(name, Envoy.address(address.host(), address.port())));
    }

    /// One of Mixer's two addresses, over mTLS.
    ///
    /// @param one of several addresses of a name the proxy uses the first
    static XdsResource mixer(
            String name, MeshSettings.HostPort address, String trustDomain, boolean one) {
        var cluster =
                server(name, address)
                        .setConnectTimeout(Durations.fromSeconds(1))
                        .setCircuitBreakers(
                                CircuitBreakers.newBuilder()
                                        .addThresholds(ClusterPolicy.unlimited()))
                        .setTransportSocket(
                                TlsContexts.client(
                                        address.host(),
                                        List.of(
                                                "spiffe://"
                                                        + trustDomain
                                                        + "/ns/istio-system/sa/istio-mixer-service-account"),
                                        List.of("h2")));
        if (one && cluster.getType() == Cluster.DiscoveryType.STRICT_DNS) {
            cluster.setType(Cluster.DiscoveryType.LOGICAL_DNS);
        }
        cluster.putTypedExtensionProtocolOptions(PROTOCOL_OPTIONS, Envoy.any(http2WithPings()));
        return XdsResource.of(XdsType.CDS, name, cluster.build(), Set.of());
    }

    /// HTTP/2 that notices a server which hangs.
    static io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions http2WithPings() {
        var pings =
                KeepaliveSettings.newBuilder()
                        .setInterval(Durations.fromSeconds(10))
                        .setTimeout(Durations.fromSeconds(5));
        return io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.newBuilder()
                .setExplicitHttpConfig(
                        io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                                .ExplicitHttpConfig.newBuilder()
                                .setHttp2ProtocolOptions(
                                        Http2ProtocolOptions.newBuilder()
                                                .setConnectionKeepalive(pings)))
                .build();
    }

    private static boolean isIp(String host) {
        return host.matches("[0-9.]+") || host.contains(":");
    }

    static XdsResource blackHole() {
        return XdsResource.of(
                XdsType.CDS,
                Names.BLACK_HOLE,
                Cluster.newBuilder()
                        .setName(Names.BLACK_HOLE)
                        .setType(Cluster.DiscoveryType.STATIC)
                        .setConnectTimeout(Durations.fromSeconds(1))
                        .build(),
                Set.of());
    }

    /// Sends on to where the client wanted to go.
    static XdsResource passthrough(
            String name, @Nullable String sourceAddress, java.time.Duration timeout) {
        var cluster =
                Cluster.newBuilder()
                        .setName(name)
                        .setType(Cluster.DiscoveryType.ORIGINAL_DST)
                        .setLbPolicy(Cluster.LbPolicy.CLUSTER_PROVIDED)
                        .setConnectTimeout(Envoy.duration(timeout))
                        .setCircuitBreakers(
                                CircuitBreakers.newBuilder()
                                        .addThresholds(ClusterPolicy.unlimited()));
        if (sourceAddress != null) {
            cluster.setUpstreamBindConfig(bind(sourceAddress));
        }
        return XdsResource.of(XdsType.CDS, name, cluster.build(), Set.of());
    }

    /// The application behind a sidecar. `endpoint` is where it really listens.
    ///
    /// @param statName a pattern; empty: the cluster's own
    static XdsResource inbound(
            Service service,
            Service.Port port,
            String endpoint,
            Optional<ConnectionPoolSettings> pool,
            java.time.Duration timeout,
            Optional<String> statName) {
        var name = Names.inbound(port.number(), port.name(), service.host());
        var cluster =
                Cluster.newBuilder()
                        .setName(name)
                        .setType(Cluster.DiscoveryType.STATIC)
                        .setConnectTimeout(Envoy.duration(timeout))
                        .setLoadAssignment(assignment(name, Envoy.address(endpoint)))
                        .setCircuitBreakers(
                                CircuitBreakers.newBuilder()
                                        .addThresholds(ClusterPolicy.unlimited()))
                        .setMetadata(
                                Envoy.metadata(
                                        "istio", serviceMetadata(service, Optional.empty())));
        statName.ifPresent(
                pattern -> cluster.setAltStatName(StatNames.of(pattern, service, port, "")));
        if (pool.isPresent()) {
            var policy = new ClusterPolicy(cluster, port.known(), Optional.empty(), false);
            policy.apply(pool.get());
            policy.finish();
        } else if (isHttp2(port.protocol())) {
            cluster.putTypedExtensionProtocolOptions(PROTOCOL_OPTIONS, Envoy.any(http2()));
        }
        return XdsResource.of(XdsType.CDS, name, cluster.build(), Set.of());
    }

    private static ClusterLoadAssignment assignment(String name, Address address) {
        return ClusterLoadAssignment.newBuilder()
                .setClusterName(name)
                .addEndpoints(
                        LocalityLbEndpoints.newBuilder()
                                .addLbEndpoints(
                                        LbEndpoint.newBuilder()
                                                .setEndpoint(
                                                        Endpoint.newBuilder().setAddress(address))))
                .build();
    }

    private static BindConfig bind(String address) {
        return BindConfig.newBuilder()
                .setSourceAddress(SocketAddress.newBuilder().setAddress(address).setPortValue(0))
                .build();
    }
}
