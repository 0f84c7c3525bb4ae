package dev.quartet.pilot.translate;

import dev.quartet.config.networking.TrafficPolicy;
import io.envoyproxy.envoy.config.core.v3.ProxyProtocolConfig;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport;
import java.util.Optional;

/// The PROXY protocol's line before anything else on a connection, TLS too.
final class ProxyProtocols {
    private ProxyProtocols() {}

    static TransportSocket before(
            TransportSocket inner, Optional<TrafficPolicy.ProxyProtocol> asked) {
        if (asked.isEmpty()) {
            return inner;
        }
        var version =
                asked.get().version() == TrafficPolicy.ProxyProtocol.Version.V2
                        ? ProxyProtocolConfig.Version.V2
                        : ProxyProtocolConfig.Version.V1;
        return TransportSocket.newBuilder()
                .setName("envoy.transport_sockets.upstream_proxy_protocol")
                .setTypedConfig(
                        Envoy.any(
                                ProxyProtocolUpstreamTransport.newBuilder()
                                        .setConfig(
                                                ProxyProtocolConfig.newBuilder()
                                                        .setVersion(version))
                                        .setTransportSocket(inner)
                                        .build()))
                .build();
    }
}
