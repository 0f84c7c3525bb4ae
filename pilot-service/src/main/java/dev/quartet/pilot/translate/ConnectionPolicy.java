package dev.quartet.pilot.translate;

import dev.quartet.config.networking.ConnectionPoolSettings;
import dev.quartet.config.networking.TrafficPolicy;
import dev.quartet.pilot.snapshot.Facts;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.TunnelingConfig;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What the DestinationRule of where connections go says of these themselves, where they are not read as HTTP: through which tunnel they go
/// (RFC 9110, section 9.3.6, or a POST that does the same), and how long they may be silent. For Envoy both are the listener's, so all
/// destinations of a route have them in common.
/// After Istio's `DestinationRule.trafficPolicy.tunnel` and `connectionPool.tcp.idleTimeout`.
///
/// @param idleTimeout zero: none; empty: Envoy's
record ConnectionPolicy(Optional<TunnelingConfig> tunnel, Optional<Duration> idleTimeout) {
    static final ConnectionPolicy NONE = new ConnectionPolicy(Optional.empty(), Optional.empty());

    private static final String POST = "POST";

    /// Envoy's own (`TcpProxy.idle_timeout`).
    private static final Duration DEFAULT = Duration.ofHours(1);

    /// @param namespace of the client
    static ConnectionPolicy of(Facts facts, Names.OutboundName target, String namespace) {
        var rule = DestinationRules.of(facts, target.host(), namespace);
        var layers = TrafficPolicies.layers(rule, target.subset(), target.port());
        return new ConnectionPolicy(
                TrafficPolicies.part(layers, TrafficPolicy::tunnel).map(ConnectionPolicy::tunnel),
                TrafficPolicies.part(layers, layer -> idleTimeout(layer.connectionPool())));
    }

    /// Of connections to an application.
    static ConnectionPolicy inbound(Optional<ConnectionPoolSettings> pool) {
        return new ConnectionPolicy(
                Optional.empty(), pool.flatMap(it -> Optional.ofNullable(idleTimeout(it))));
    }

    private static @Nullable Duration idleTimeout(@Nullable ConnectionPoolSettings pool) {
        return pool == null || pool.tcp() == null ? null : pool.tcp().idleTimeout();
    }

    private static TunnelingConfig tunnel(TrafficPolicy.TunnelSettings settings) {
        var host = settings.targetHost();
        return TunnelingConfig.newBuilder()
                .setHostname(
                        (host.indexOf(':') >= 0 ? "[" + host + "]" : host)
                                + ":"
                                + settings.targetPort())
                .setUsePost(POST.equals(settings.protocol()))
                .build();
    }

    /// The longest, so that no connection is closed before its destination's rule says so.
    static Optional<Duration> longestOf(Collection<ConnectionPolicy> policies) {
        return policies.stream()
                .max(Comparator.comparing(ConnectionPolicy::silence))
                .flatMap(ConnectionPolicy::idleTimeout);
    }

    /// How long a connection may say nothing.
    Duration silence() {
        var written = idleTimeout.orElse(DEFAULT);
        return written.isZero() ? Duration.ofSeconds(Long.MAX_VALUE) : written;
    }

    TcpProxy.Builder on(TcpProxy.Builder proxy) {
        tunnel.ifPresent(proxy::setTunnelingConfig);
        idleTimeout.map(Envoy::duration).ifPresent(proxy::setIdleTimeout);
        return proxy;
    }

    /// For people.
    String tunnelInWords() {
        return tunnel.map(it ->
                        "through a tunnel to %s (%s)"
                                .formatted(it.getHostname(), it.getUsePost() ? POST : "CONNECT"))
                .orElse("through no tunnel");
    }
}
