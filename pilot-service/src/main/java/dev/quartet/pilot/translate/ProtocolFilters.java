package dev.quartet.pilot.translate;

import dev.quartet.config.networking.Protocol;
import dev.quartet.pilot.snapshot.Service;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.extensions.filters.network.mongo_proxy.v3.MongoProxy;
import java.util.List;

/// Filters that read along what a connection says, and count it. What they cannot read passes all the same. Stock Envoy reads MongoDB;
/// Istio's filter for Redis takes connections over and was off, and that for MySQL is in no stock Envoy.
/// After Istio 1.4, `pilot/pkg/networking/core/v1alpha3/networkfilter.go`.
final class ProtocolFilters {
    private ProtocolFilters() {}

    /// @param statPrefix of the statistics, `mongo.<prefix>.`
    static List<Filter> of(Service.Port port, String statPrefix) {
        return of(port.protocol(), statPrefix);
    }

    /// @param statPrefix of the statistics, `mongo.<prefix>.`
    static List<Filter> of(Protocol protocol, String statPrefix) {
        return switch (protocol) {
            case MONGO ->
                    List.of(
                            Filter.newBuilder()
                                    .setName("envoy.filters.network.mongo_proxy")
                                    .setTypedConfig(
                                            Envoy.any(
                                                    MongoProxy.newBuilder()
                                                            .setStatPrefix(statPrefix)
                                                            .build()))
                                    .build());
            case HTTP, HTTP2, GRPC, GRPC_WEB, HTTPS, TLS, TCP, UDP, REDIS, MYSQL -> List.of();
        };
    }
}
