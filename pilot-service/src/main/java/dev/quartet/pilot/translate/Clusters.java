package dev.quartet.pilot.translate;

import com.google.protobuf.util.Durations;
import dev.quartet.config.Resource;
import dev.quartet.config.networking.ClientTlsSettings;
import dev.quartet.config.networking.ConnectionPoolSettings;
import dev.quartet.config.networking.DestinationRule;
import dev.quartet.config.networking.LoadBalancerSettings;
import dev.quartet.config.networking.OutlierDetection;
import dev.quartet.config.networking.Protocol;
import dev.quartet.config.networking.Subset;
import dev.quartet.config.networking.TrafficPolicy;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Labels;
import dev.quartet.pilot.snapshot.MeshSettings;
import dev.quartet.pilot.snapshot.Service;
import dev.quartet.pilot.snapshot.Workload;
import io.envoyproxy.envoy.config.cluster.v3.CircuitBreakers;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.UpstreamConnectionOptions;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.BindConfig;
import io.envoyproxy.envoy.config.core.v3.Http1ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.Http2ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.KeepaliveSettings;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.core.v3.TcpKeepalive;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.type.v3.Percent;
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
    /// Istio's "unlimited": a circuit breaker that the user has not set must not open.
    private static final int UNLIMITED = -1;

    private static final String PROTOCOL_OPTIONS =
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
    private static final String MATCH = "envoy.transport_socket_match";

    private Clusters() {}

    static Optional<Resource<DestinationRule>> ruleFor(Facts facts, String host, String namespace) {
        return DestinationRules.of(facts, host, namespace);
    }

    static boolean hasSubset(Facts facts, String host, String subset, String namespace) {
        return subset.isEmpty()
                || ruleFor(facts, host, namespace).stream()
                        .flatMap(rule -> rule.spec().subsets().stream())
                        .anyMatch(found -> found.name().equals(subset));
    }

    /// All clusters of a host, as a client in `namespace` sees them.
    static List<XdsResource> outbound(
            Facts facts, String host, String namespace, Discovery.Client client) {
        var service = facts.service(host);
        if (service.isEmpty()) {
            return List.of();
        }
        var rule = ruleFor(facts, host, namespace);
        var policy = rule.map(found -> found.spec().trafficPolicy()).orElse(null);
        var identities = new TreeSet<String>();
        for (var workload : facts.workloads(host)) {
            identities.add(spiffe(facts.mesh(), workload));
        }
        var clusters = new ArrayList<XdsResource>();
        for (var port : service.get().ports()) {
            if (port.protocol() == Protocol.UDP) {
                continue;
            }
            clusters.add(
                    cluster(
                            facts,
                            service.get(),
                            port,
                            "",
                            List.of(policyOf(policy)),
                            rule,
                            client,
                            identities));
            for (var subset : rule.map(found -> found.spec().subsets()).orElse(List.of())) {
                clusters.add(
                        cluster(
                                facts,
                                service.get(),
                                port,
                                subset.name(),
                                List.of(policyOf(policy), policyOf(subset.trafficPolicy())),
                                rule,
                                client,
                                identities));
            }
        }
        return clusters;
    }

    private static Optional<TrafficPolicy> policyOf(@Nullable TrafficPolicy policy) {
        return Optional.ofNullable(policy);
    }

    private static XdsResource cluster(
            Facts facts,
            Service service,
            Service.Port port,
            String subset,
            List<Optional<TrafficPolicy>> policies,
            Optional<Resource<DestinationRule>> rule,
            Discovery.Client client,
            Set<String> identities) {
        var name = Names.outbound(port.number(), subset, service.host());
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
                assignment(facts, service, port, name, labelsOf(rule, subset)));
        var http = HttpProtocolOptions.newBuilder();
        var http2 = isHttp2(port.protocol());
        var thresholds = unlimited();
        ClientTlsSettings.Mode tls = null;
        // a subset's policy is laid over the rule's, part by part
        for (var policy : policies) {
            if (policy.isEmpty()) {
                continue;
            }
            var settings = policy.get();
            if (settings.loadBalancer() != null) {
                balance(cluster, settings.loadBalancer());
            }
            if (settings.outlierDetection() != null) {
                detectOutliers(cluster, settings.outlierDetection());
            }
            if (settings.connectionPool() != null) {
                http2 |= upgrades(settings.connectionPool(), port.protocol());
                pool(cluster, thresholds, http, settings.connectionPool());
            }
            if (settings.tls() != null) {
                tls = settings.tls().mode();
            }
        }
        cluster.setCircuitBreakers(CircuitBreakers.newBuilder().addThresholds(thresholds));
        if (port.protocol().isHttp()) {
            cluster.putTypedExtensionProtocolOptions(
                    PROTOCOL_OPTIONS, Envoy.any(protocol(http, http2)));
        } else if (port.detected()) {
            cluster.putTypedExtensionProtocolOptions(
                    PROTOCOL_OPTIONS, Envoy.any(asTheClient(http)));
        }
        secure(cluster, mesh, service, port, subset, tls, http2, identities);
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

    private static boolean upgrades(ConnectionPoolSettings pool, Protocol protocol) {
        return pool.http() != null
                && protocol == Protocol.HTTP
                && pool.http().h2UpgradePolicy() == ConnectionPoolSettings.H2UpgradePolicy.UPGRADE;
    }

    private static io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions protocol(
            HttpProtocolOptions.Builder common, boolean http2) {
        var explicit =
                io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                        .ExplicitHttpConfig.newBuilder();
        if (http2) {
            explicit.setHttp2ProtocolOptions(Http2ProtocolOptions.getDefaultInstance());
        } else {
            explicit.setHttpProtocolOptions(Http1ProtocolOptions.getDefaultInstance());
        }
        return io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.newBuilder()
                .setCommonHttpProtocolOptions(common)
                .setExplicitHttpConfig(explicit)
                .build();
    }

    /// Whichever HTTP the client speaks.
    private static io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions asTheClient(
            HttpProtocolOptions.Builder common) {
        return io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.newBuilder()
                .setCommonHttpProtocolOptions(common)
                .setUseDownstreamProtocolConfig(
                        io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                                .UseDownstreamHttpConfig.newBuilder()
                                .setHttpProtocolOptions(Http1ProtocolOptions.getDefaultInstance())
                                .setHttp2ProtocolOptions(Http2ProtocolOptions.getDefaultInstance()))
                .build();
    }

    private static CircuitBreakers.Thresholds.Builder unlimited() {
        return CircuitBreakers.Thresholds.newBuilder()
                .setMaxConnections(Envoy.number(UNLIMITED))
                .setMaxPendingRequests(Envoy.number(UNLIMITED))
                .setMaxRequests(Envoy.number(UNLIMITED))
                .setMaxRetries(Envoy.number(UNLIMITED));
    }

    private static void balance(Cluster.Builder cluster, LoadBalancerSettings settings) {
        var simple = settings.simple();
        if (simple == null) {
            return;
        }
        switch (simple) {
            case UNSPECIFIED, ROUND_ROBIN -> cluster.setLbPolicy(Cluster.LbPolicy.ROUND_ROBIN);
            case LEAST_CONN, LEAST_REQUEST -> cluster.setLbPolicy(Cluster.LbPolicy.LEAST_REQUEST);
            case RANDOM -> cluster.setLbPolicy(Cluster.LbPolicy.RANDOM);
            case PASSTHROUGH -> {
                cluster.setType(Cluster.DiscoveryType.ORIGINAL_DST);
                cluster.setLbPolicy(Cluster.LbPolicy.CLUSTER_PROVIDED);
                cluster.clearEdsClusterConfig().clearLoadAssignment();
            }
        }
    }

    /// Istio counts gateway errors: 502, 503, 504 and failed connections; 500 only where it is asked for.
    private static void detectOutliers(Cluster.Builder cluster, OutlierDetection settings) {
        var detection = io.envoyproxy.envoy.config.cluster.v3.OutlierDetection.newBuilder();
        var gatewayErrors =
                settings.consecutiveGatewayErrors() != null
                        ? settings.consecutiveGatewayErrors()
                        : settings.consecutiveErrors();
        if (gatewayErrors != null) {
            detection.setConsecutiveGatewayFailure(Envoy.number(gatewayErrors));
            detection.setEnforcingConsecutiveGatewayFailure(
                    Envoy.number(gatewayErrors > 0 ? 100 : 0));
        }
        var serverErrors = settings.consecutive5xxErrors();
        if (serverErrors != null) {
            detection.setConsecutive5Xx(Envoy.number(serverErrors));
            detection.setEnforcingConsecutive5Xx(Envoy.number(serverErrors > 0 ? 100 : 0));
        } else if (gatewayErrors != null) {
            detection.setEnforcingConsecutive5Xx(Envoy.number(0));
        }
        if (settings.splitExternalLocalOriginErrors() != null) {
            detection.setSplitExternalLocalOriginErrors(settings.splitExternalLocalOriginErrors());
        }
        if (settings.consecutiveLocalOriginFailures() != null) {
            detection.setConsecutiveLocalOriginFailure(
                    Envoy.number(settings.consecutiveLocalOriginFailures()));
        }
        if (settings.interval() != null) {
            detection.setInterval(Envoy.duration(settings.interval()));
        }
        if (settings.baseEjectionTime() != null) {
            detection.setBaseEjectionTime(Envoy.duration(settings.baseEjectionTime()));
        }
        if (settings.maxEjectionPercent() != null) {
            detection.setMaxEjectionPercent(Envoy.number(settings.maxEjectionPercent()));
        }
        if (settings.minHealthPercent() != null) {
            cluster.getCommonLbConfigBuilder()
                    .setHealthyPanicThreshold(
                            Percent.newBuilder().setValue(settings.minHealthPercent()));
        }
        cluster.setOutlierDetection(detection);
    }

    private static void pool(
            Cluster.Builder cluster,
            CircuitBreakers.Thresholds.Builder thresholds,
            HttpProtocolOptions.Builder http,
            ConnectionPoolSettings settings) {
        var tcp = settings.tcp();
        if (tcp != null) {
            if (tcp.maxConnections() != null) {
                thresholds.setMaxConnections(Envoy.number(tcp.maxConnections()));
            }
            if (tcp.connectTimeout() != null) {
                cluster.setConnectTimeout(Envoy.duration(tcp.connectTimeout()));
            }
            if (tcp.tcpKeepalive() != null) {
                cluster.setUpstreamConnectionOptions(
                        UpstreamConnectionOptions.newBuilder()
                                .setTcpKeepalive(keepalive(tcp.tcpKeepalive())));
            }
        }
        var requests = settings.http();
        if (requests != null) {
            if (requests.http1MaxPendingRequests() != null) {
                thresholds.setMaxPendingRequests(Envoy.number(requests.http1MaxPendingRequests()));
            }
            if (requests.http2MaxRequests() != null) {
                thresholds.setMaxRequests(Envoy.number(requests.http2MaxRequests()));
            }
            if (requests.maxRetries() != null) {
                thresholds.setMaxRetries(Envoy.number(requests.maxRetries()));
            }
            if (requests.maxRequestsPerConnection() != null) {
                http.setMaxRequestsPerConnection(Envoy.number(requests.maxRequestsPerConnection()));
            }
            if (requests.idleTimeout() != null) {
                http.setIdleTimeout(Envoy.duration(requests.idleTimeout()));
            }
        }
    }

    private static TcpKeepalive keepalive(ConnectionPoolSettings.TcpKeepalive settings) {
        var keepalive = TcpKeepalive.newBuilder();
        if (settings.probes() != null) {
            keepalive.setKeepaliveProbes(Envoy.number(settings.probes()));
        }
        if (settings.time() != null) {
            keepalive.setKeepaliveTime(Envoy.number((int) settings.time().toSeconds()));
        }
        if (settings.interval() != null) {
            keepalive.setKeepaliveInterval(Envoy.number((int) settings.interval().toSeconds()));
        }
        return keepalive.build();
    }

    /// Without a word from the user, mTLS goes to the endpoints that have a sidecar (auto mTLS). A service whose
    /// workloads are unknown has no identity to check, so it gets no TLS at all.
    private static void secure(
            Cluster.Builder cluster,
            MeshSettings mesh,
            Service service,
            Service.Port port,
            String subset,
            ClientTlsSettings.@Nullable Mode mode,
            boolean http2,
            Set<String> identities) {
        var wanted = mode == ClientTlsSettings.Mode.ISTIO_MUTUAL;
        var automatic = mode == null && mesh.autoMtls() && service.inMesh();
        if (!wanted && !automatic || identities.isEmpty()) {
            return;
        }
        var alpn = http2 ? List.of(TlsContexts.MESH_ALPN, "h2") : List.of(TlsContexts.MESH_ALPN);
        var socket =
                TlsContexts.client(
                        Names.sni(port.number(), subset, service.host()), identities, alpn);
        if (wanted) {
            cluster.setTransportSocket(socket);
            return;
        }
        cluster.addTransportSocketMatches(
                Cluster.TransportSocketMatch.newBuilder()
                        .setName("tlsMode-istio")
                        .setMatch(Envoy.struct(Map.of("tlsMode", "istio")))
                        .setTransportSocket(socket));
        cluster.addTransportSocketMatches(
                Cluster.TransportSocketMatch.newBuilder()
                        .setName("tlsMode-disabled")
                        .setMatch(Envoy.struct(Map.of()))
                        .setTransportSocket(TlsContexts.plaintext()));
    }

    static String spiffe(MeshSettings mesh, Workload workload) {
        return "spiffe://%s/ns/%s/sa/%s"
                .formatted(mesh.trustDomain(), workload.namespace(), workload.serviceAccount());
    }

    /// Of a host, for the clusters that ask Pilot for them.
    static List<XdsResource> endpoints(
            Facts facts, String host, String namespace, Discovery.Client client) {
        var service = facts.service(host);
        if (service.isEmpty() || !Discovery.byPilot(service.get(), client)) {
            return List.of();
        }
        var subsets = ruleFor(facts, host, namespace).map(rule -> rule.spec().subsets());
        var endpoints = new ArrayList<XdsResource>();
        for (var port : service.get().ports()) {
            if (port.protocol() != Protocol.UDP) {
                endpoints.add(endpoints(facts, service.get(), port, "", Map.of()));
                for (var subset : subsets.orElse(List.of())) {
                    endpoints.add(
                            endpoints(facts, service.get(), port, subset.name(), subset.labels()));
                }
            }
        }
        return endpoints;
    }

    private static XdsResource endpoints(
            Facts facts,
            Service service,
            Service.Port port,
            String subset,
            Map<String, String> labels) {
        var name = Names.outbound(port.number(), subset, service.host());
        return XdsResource.of(
                XdsType.EDS, name, assignment(facts, service, port, name, labels), Set.of());
    }

    private static ClusterLoadAssignment assignment(
            Facts facts,
            Service service,
            Service.Port port,
            String name,
            Map<String, String> labels) {
        var assignment = ClusterLoadAssignment.newBuilder().setClusterName(name);
        var group = LocalityLbEndpoints.newBuilder();
        for (var workload : facts.workloads(service)) {
            if (!workload.address().isEmpty() && Labels.match(labels, workload.labels())) {
                group.addLbEndpoints(
                        endpoint(facts.mesh(), workload, workload.portFor(service, port)));
            }
        }
        if (group.getLbEndpointsCount() > 0) {
            assignment.addEndpoints(group);
        }
        return assignment.build();
    }

    private static Map<String, String> labelsOf(
            Optional<Resource<DestinationRule>> rule, String subset) {
        return rule.stream()
                .flatMap(found -> found.spec().subsets().stream())
                .filter(found -> found.name().equals(subset))
                .findFirst()
                .map(Subset::labels)
                .orElse(Map.of());
    }

    private static LbEndpoint endpoint(MeshSettings mesh, Workload workload, int port) {
        var endpoint =
                LbEndpoint.newBuilder()
                        .setEndpoint(
                                Endpoint.newBuilder()
                                        .setAddress(Envoy.address(workload.address(), port)))
                        .setLoadBalancingWeight(Envoy.number(Math.max(1, workload.weight())));
        var metadata = endpoint.getMetadataBuilder();
        metadata.putFilterMetadata("istio", Envoy.struct(destination(mesh, workload)));
        if (workload.hasSidecar()) {
            metadata.putFilterMetadata(MATCH, Envoy.struct(Map.of("tlsMode", "istio")));
        }
        return endpoint.build();
    }

    /// Who the destination is, for the access log of the caller's proxy.
    private static Map<String, String> destination(MeshSettings mesh, Workload workload) {
        var values = new TreeMap<String, String>();
        values.put("workload", workload.name());
        values.put("namespace", workload.namespace());
        values.put("uid", workload.instance());
        values.put("app", workload.labels().getOrDefault("app", ""));
        values.put("version", workload.labels().getOrDefault("version", ""));
        values.put("principal", spiffe(mesh, workload).substring("spiffe://".length()));
        values.values().removeIf(String::isEmpty);
        return values;
    }

    /// One of Mixer's two addresses, over mTLS.
    static XdsResource mixer(String name, MeshSettings.HostPort address, String trustDomain) {
        var cluster =
                Cluster.newBuilder()
                        .setName(name)
                        .setType(
                                isIp(address.host())
                                        ? Cluster.DiscoveryType.STATIC
                                        : Cluster.DiscoveryType.STRICT_DNS)
                        .setConnectTimeout(Durations.fromSeconds(1))
                        .setCircuitBreakers(CircuitBreakers.newBuilder().addThresholds(unlimited()))
                        .setLoadAssignment(
                                assignment(name, Envoy.address(address.host(), address.port())))
                        .setTransportSocket(
                                TlsContexts.client(
                                        address.host(),
                                        List.of(
                                                "spiffe://"
                                                        + trustDomain
                                                        + "/ns/istio-system/sa/istio-mixer-service-account"),
                                        List.of("h2")));
        var options =
                io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.newBuilder()
                        .setExplicitHttpConfig(
                                io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                                        .ExplicitHttpConfig.newBuilder()
                                        .setHttp2ProtocolOptions(
                                                Http2ProtocolOptions.newBuilder()
                                                        .setConnectionKeepalive(
                                                                KeepaliveSettings.newBuilder()
                                                                        .setInterval(
                                                                                Durations
                                                                                        .fromSeconds(
                                                                                                10))
                                                                        .setTimeout(
                                                                                Durations
                                                                                        .fromSeconds(
                                                                                                5)))));
        cluster.putTypedExtensionProtocolOptions(PROTOCOL_OPTIONS, Envoy.any(options.build()));
        return XdsResource.of(XdsType.CDS, name, cluster.build(), Set.of());
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
                                CircuitBreakers.newBuilder().addThresholds(unlimited()));
        if (sourceAddress != null) {
            cluster.setUpstreamBindConfig(bind(sourceAddress));
        }
        return XdsResource.of(XdsType.CDS, name, cluster.build(), Set.of());
    }

    /// The application behind a sidecar. `endpoint` is where it really listens.
    static XdsResource inbound(
            Service service, Service.Port port, String endpoint, java.time.Duration timeout) {
        var name = Names.inbound(port.number(), port.name(), service.host());
        var cluster =
                Cluster.newBuilder()
                        .setName(name)
                        .setType(Cluster.DiscoveryType.STATIC)
                        .setConnectTimeout(Envoy.duration(timeout))
                        .setLoadAssignment(assignment(name, Envoy.address(endpoint)))
                        .setCircuitBreakers(CircuitBreakers.newBuilder().addThresholds(unlimited()))
                        .setMetadata(
                                Envoy.metadata(
                                        "istio", serviceMetadata(service, Optional.empty())));
        if (isHttp2(port.protocol())) {
            cluster.putTypedExtensionProtocolOptions(
                    PROTOCOL_OPTIONS, Envoy.any(protocol(HttpProtocolOptions.newBuilder(), true)));
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
