package dev.quartet.benchmarks.load;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// Which other resources a resource names: what a proxy then asks for.
///
/// @param endpoints assignments that clusters wait for
/// @param routes route configurations of listeners
/// @param extensions filter configs that come by ECDS
record References(Set<String> endpoints, Set<String> routes, Set<String> extensions) {
    static final References NONE = new References(Set.of(), Set.of(), Set.of());

    static References of(String typeUrl, byte[] any, int offset, int length) {
        try {
            return switch (typeUrl) {
                case TypeUrls.CLUSTERS ->
                        ofCluster(
                                Any.parser().parseFrom(any, offset, length).unpack(Cluster.class));
                case TypeUrls.LISTENERS ->
                        ofListener(
                                Any.parser().parseFrom(any, offset, length).unpack(Listener.class));
                default -> NONE;
            };
        } catch (InvalidProtocolBufferException broken) {
            throw new IllegalStateException("Pilot has sent a broken " + typeUrl, broken);
        }
    }

    static References ofCluster(Cluster cluster) {
        if (cluster.getType() != Cluster.DiscoveryType.EDS) {
            return NONE;
        }
        var service = cluster.getEdsClusterConfig().getServiceName();
        return new References(
                Set.of(service.isEmpty() ? cluster.getName() : service), Set.of(), Set.of());
    }

    static References ofListener(Listener listener) throws InvalidProtocolBufferException {
        var routes = new TreeSet<String>();
        var extensions = new TreeSet<String>();
        var chains =
                listener.hasDefaultFilterChain()
                        ? Stream.concat(
                                        listener.getFilterChainsList().stream(),
                                        Stream.of(listener.getDefaultFilterChain()))
                                .toList()
                        : listener.getFilterChainsList();
        for (var chain : chains) {
            for (var filter : chain.getFiltersList()) {
                if (!filter.getTypedConfig().is(HttpConnectionManager.class)) {
                    continue;
                }
                var manager = filter.getTypedConfig().unpack(HttpConnectionManager.class);
                if (manager.hasRds()) {
                    routes.add(manager.getRds().getRouteConfigName());
                }
                manager.getHttpFiltersList().stream()
                        .filter(http -> http.hasConfigDiscovery())
                        .forEach(http -> extensions.add(http.getName()));
            }
        }
        return new References(Set.of(), routes, extensions);
    }

    References and(References more) {
        if (this.equals(NONE)) {
            return more;
        }
        return more.equals(NONE)
                ? this
                : new References(
                        union(endpoints, more.endpoints),
                        union(routes, more.routes),
                        union(extensions, more.extensions));
    }

    private static Set<String> union(Set<String> left, Set<String> right) {
        var all = new TreeSet<>(left);
        all.addAll(right);
        return all;
    }
}
