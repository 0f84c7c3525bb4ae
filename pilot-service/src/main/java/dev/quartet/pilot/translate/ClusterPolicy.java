package dev.quartet.pilot.translate;

import com.google.protobuf.UInt64Value;
import dev.quartet.config.networking.ConnectionPoolSettings;
import dev.quartet.config.networking.LoadBalancerSettings;
import dev.quartet.config.networking.OutlierDetection;
import dev.quartet.config.networking.Protocol;
import dev.quartet.config.networking.TrafficPolicy;
import dev.quartet.pilot.snapshot.Service;
import io.envoyproxy.envoy.config.cluster.v3.CircuitBreakers;
import io.envoyproxy.envoy.config.cluster.v3.CircuitBreakers.Thresholds;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.SlowStartConfig;
import io.envoyproxy.envoy.config.cluster.v3.UpstreamConnectionOptions;
import io.envoyproxy.envoy.config.core.v3.Http1ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.Http2ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.RuntimeDouble;
import io.envoyproxy.envoy.config.core.v3.TcpKeepalive;
import io.envoyproxy.envoy.config.core.v3.UpstreamHttpProtocolOptions;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.ExplicitHttpConfig;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.UseDownstreamHttpConfig;
import io.envoyproxy.envoy.type.v3.Percent;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Lays traffic policies over a cluster, the one that counts most last, and writes at the end what they come to.
/// After Istio 1.4, `pilot/pkg/networking/core/v1alpha3/cluster.go`, `applyTrafficPolicy`.
final class ClusterPolicy {
    /// Istio's "unlimited": a circuit breaker that the user has not set must not open.
    private static final int UNLIMITED = -1;

    /// Istio's size of a ring that the user has not said the size of.
    private static final long RING_SIZE = 1024;

    /// Envoy's own limits for `ring_hash_lb_config` and `maglev_lb_config`.
    private static final long MAX_RING_SIZE = 8_388_608;

    private static final double SLOW_START_PERCENT = 10;

    private final Cluster.Builder cluster;
    private final Service.Port port;
    private final Thresholds.Builder thresholds = unlimited();
    private final HttpProtocolOptions.Builder http = HttpProtocolOptions.newBuilder();
    private final Http2ProtocolOptions.Builder http2 = Http2ProtocolOptions.newBuilder();
    private final TcpKeepalive keepalive;
    private final boolean upgradesByDefault;
    private boolean upgraded;
    private boolean asClient;
    private ClientTls.@Nullable Named named;
    private @Nullable SlowStartConfig slowStart;

    /// @param keepalive the mesh's, over which a policy lays its own
    /// @param upgrades whether HTTP is made HTTP/2 where no policy says so
    ClusterPolicy(
            Cluster.Builder cluster,
            Service.Port port,
            Optional<ConnectionPoolSettings.TcpKeepalive> keepalive,
            boolean upgrades) {
        this.cluster = cluster;
        this.port = port;
        this.asClient = port.detected();
        this.keepalive =
                keepalive.map(ClusterPolicy::keepalive).orElse(TcpKeepalive.getDefaultInstance());
        this.upgradesByDefault = upgrades && port.protocol() == Protocol.HTTP;
        this.upgraded = upgradesByDefault;
        keepalive.ifPresent(_ -> keepAlive(this.keepalive));
    }

    /// @param byRequest what of TLS the request says
    void named(ClientTls.Named byRequest) {
        named = byRequest;
    }

    private void keepAlive(TcpKeepalive settings) {
        cluster.setUpstreamConnectionOptions(
                UpstreamConnectionOptions.newBuilder().setTcpKeepalive(settings));
    }

    static Thresholds.Builder unlimited() {
        return Thresholds.newBuilder()
                .setMaxConnections(Envoy.number(UNLIMITED))
                .setMaxPendingRequests(Envoy.number(UNLIMITED))
                .setMaxRequests(Envoy.number(UNLIMITED))
                .setMaxRetries(Envoy.number(UNLIMITED));
    }

    void apply(TrafficPolicy policy) {
        if (policy.loadBalancer() != null) {
            balance(policy.loadBalancer());
        }
        if (policy.outlierDetection() != null) {
            detectOutliers(policy.outlierDetection());
        }
        if (policy.connectionPool() != null) {
            apply(policy.connectionPool());
        }
        if (policy.retryBudget() != null) {
            thresholds.setRetryBudget(RetryBudgets.of(policy.retryBudget()));
        }
    }

    void finish() {
        cluster.setCircuitBreakers(CircuitBreakers.newBuilder().addThresholds(thresholds));
        if (VirtualHosts.mayBeHttp(port)) {
            cluster.putTypedExtensionProtocolOptions(
                    Clusters.PROTOCOL_OPTIONS, Envoy.any(protocolOptions()));
        }
        if (Discovery.choosesItself(cluster)) {
            cluster.setLbPolicy(Cluster.LbPolicy.CLUSTER_PROVIDED)
                    .clearRingHashLbConfig()
                    .clearMaglevLbConfig();
        }
        if (slowStart != null) {
            // the other policies of Envoy have no slow start
            switch (cluster.getLbPolicy()) {
                case ROUND_ROBIN ->
                        cluster.getRoundRobinLbConfigBuilder().setSlowStartConfig(slowStart);
                case LEAST_REQUEST ->
                        cluster.getLeastRequestLbConfigBuilder().setSlowStartConfig(slowStart);
                case RANDOM,
                        RING_HASH,
                        MAGLEV,
                        CLUSTER_PROVIDED,
                        LOAD_BALANCING_POLICY_CONFIG,
                        UNRECOGNIZED -> {}
            }
        }
    }

    /// Whether every connection speaks HTTP/2.
    boolean speaksHttp2() {
        return (Clusters.isHttp2(port.protocol()) || upgraded) && !asClient;
    }

    private io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions protocolOptions() {
        var options =
                io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.newBuilder()
                        .setCommonHttpProtocolOptions(http);
        var byRequest = named;
        if (byRequest == null && Discovery.isForwardProxy(cluster)) {
            byRequest = ClientTls.Named.BOTH; // Envoy asks for both
        }
        if (byRequest != null) {
            options.setUpstreamHttpProtocolOptions(
                    UpstreamHttpProtocolOptions.newBuilder()
                            .setAutoSni(byRequest.sni())
                            .setAutoSanValidation(byRequest.certificate()));
        }
        if (asClient) {
            options.setUseDownstreamProtocolConfig(
                    UseDownstreamHttpConfig.newBuilder()
                            .setHttpProtocolOptions(Http1ProtocolOptions.getDefaultInstance())
                            .setHttp2ProtocolOptions(http2));
        } else if (speaksHttp2()) {
            options.setExplicitHttpConfig(
                    ExplicitHttpConfig.newBuilder().setHttp2ProtocolOptions(http2));
        } else {
            options.setExplicitHttpConfig(
                    ExplicitHttpConfig.newBuilder()
                            .setHttpProtocolOptions(Http1ProtocolOptions.getDefaultInstance()));
        }
        return options.build();
    }

    private void balance(LoadBalancerSettings settings) {
        if (settings.simple() != null) {
            cluster.clearRingHashLbConfig().clearMaglevLbConfig();
            switch (settings.simple()) {
                case UNSPECIFIED, ROUND_ROBIN -> cluster.setLbPolicy(Cluster.LbPolicy.ROUND_ROBIN);
                case LEAST_CONN, LEAST_REQUEST ->
                        cluster.setLbPolicy(Cluster.LbPolicy.LEAST_REQUEST);
                case RANDOM -> cluster.setLbPolicy(Cluster.LbPolicy.RANDOM);
                case PASSTHROUGH -> {
                    cluster.setType(Cluster.DiscoveryType.ORIGINAL_DST);
                    cluster.clearEdsClusterConfig().clearLoadAssignment();
                }
            }
        } else if (settings.consistentHash() != null) {
            hash(settings.consistentHash());
        }
        if (settings.warmup() != null) {
            slowStart =
                    slowStart(
                            settings.warmup().duration(),
                            settings.warmup().minimumPercent(),
                            settings.warmup().aggression());
        } else if (settings.warmupDurationSecs() != null) {
            slowStart = slowStart(settings.warmupDurationSecs(), null, null);
        }
    }

    private void hash(LoadBalancerSettings.ConsistentHash settings) {
        if (settings.maglev() != null) {
            cluster.setLbPolicy(Cluster.LbPolicy.MAGLEV).clearRingHashLbConfig();
            var size = settings.maglev().tableSize();
            if (size != null) {
                cluster.getMaglevLbConfigBuilder().setTableSize(UInt64Value.of(size));
            }
            return;
        }
        Long size =
                settings.ringHash() != null
                        ? settings.ringHash().minimumRingSize()
                        : settings.minimumRingSize();
        cluster.setLbPolicy(Cluster.LbPolicy.RING_HASH).clearMaglevLbConfig();
        cluster.getRingHashLbConfigBuilder()
                .setMinimumRingSize(
                        UInt64Value.of(
                                size == null || size == 0
                                        ? RING_SIZE
                                        : Math.min(size, MAX_RING_SIZE)));
    }

    private static SlowStartConfig slowStart(
            Duration window, @Nullable Double minimumPercent, @Nullable Double aggression) {
        var config =
                SlowStartConfig.newBuilder()
                        .setSlowStartWindow(Envoy.duration(window))
                        .setMinWeightPercent(
                                Percent.newBuilder()
                                        .setValue(
                                                minimumPercent == null
                                                        ? SLOW_START_PERCENT
                                                        : minimumPercent));
        if (aggression != null) {
            config.setAggression(
                    RuntimeDouble.newBuilder()
                            .setDefaultValue(aggression)
                            .setRuntimeKey("upstream.slow_start_aggression"));
        }
        return config.build();
    }

    /// Istio counts gateway errors: 502, 503, 504 and failed connections; 500 only where it is asked for. One workload is always
    /// left out, however small a share of a few it is more than: as Envoy did for Istio 1.4 without being told.
    private void detectOutliers(OutlierDetection settings) {
        var detection =
                io.envoyproxy.envoy.config.cluster.v3.OutlierDetection.newBuilder()
                        .setAlwaysEjectOneHost(Envoy.yes());
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
        // Istio's 0 where the user says nothing: what is out stays out, also when few are left
        cluster.getCommonLbConfigBuilder()
                .setHealthyPanicThreshold(
                        Percent.newBuilder()
                                .setValue(
                                        settings.minHealthPercent() == null
                                                ? 0
                                                : settings.minHealthPercent()));
        cluster.setOutlierDetection(detection);
    }

    void apply(ConnectionPoolSettings settings) {
        if (settings.tcp() != null) {
            connections(settings.tcp());
        }
        if (settings.http() != null) {
            requests(settings.http());
        }
    }

    private void connections(ConnectionPoolSettings.Tcp tcp) {
        if (tcp.maxConnections() != null) {
            thresholds.setMaxConnections(Envoy.number(tcp.maxConnections()));
        }
        if (tcp.connectTimeout() != null) {
            cluster.setConnectTimeout(Envoy.duration(tcp.connectTimeout()));
        }
        if (tcp.tcpKeepalive() != null) {
            keepAlive(keepalive.toBuilder().mergeFrom(keepalive(tcp.tcpKeepalive())).build());
        }
        if (tcp.maxConnectionDuration() != null) {
            http.setMaxConnectionDuration(Envoy.duration(tcp.maxConnectionDuration()));
        }
    }

    private void requests(ConnectionPoolSettings.Http requests) {
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
        if (requests.maxConcurrentStreams() != null) {
            http2.setMaxConcurrentStreams(Envoy.number(requests.maxConcurrentStreams()));
        }
        if (requests.useClientProtocol() != null) {
            asClient = requests.useClientProtocol();
        }
        var upgrade = requests.h2UpgradePolicy();
        if (upgrade != null) {
            upgraded =
                    switch (upgrade) {
                        case DEFAULT -> upgradesByDefault;
                        case DO_NOT_UPGRADE -> false;
                        case UPGRADE -> port.protocol() == Protocol.HTTP;
                    };
        }
    }

    static TcpKeepalive keepalive(ConnectionPoolSettings.TcpKeepalive settings) {
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
}
