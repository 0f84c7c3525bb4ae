package dev.quartet.pilot.explain;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.quartet.pilot.translate.ProxyConfig;
import dev.quartet.pilot.translate.XdsType;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One proxy's config, read back from the very bytes that it gets.
final class Resources {
    private final ProxyConfig config;

    Resources(ProxyConfig config) {
        this.config = config;
    }

    List<Listener> listeners() {
        var listeners = new ArrayList<Listener>();
        for (var set : config.sets(XdsType.LDS)) {
            set.all().forEach(it -> listeners.add(unpacked(it.content(), Listener.class)));
        }
        return listeners;
    }

    Optional<RouteConfiguration> routes(String name) {
        return find(XdsType.RDS, name, RouteConfiguration.class);
    }

    Optional<Cluster> cluster(String name) {
        return find(XdsType.CDS, name, Cluster.class);
    }

    Optional<ClusterLoadAssignment> endpoints(String name) {
        return find(XdsType.EDS, name, ClusterLoadAssignment.class);
    }

    /// What a filter asks for that is named in a chain and comes apart.
    <T extends Message> Optional<T> extension(String name, Class<T> as) {
        return find(XdsType.ECDS, name, TypedExtensionConfig.class)
                .map(TypedExtensionConfig::getTypedConfig)
                .filter(config -> config.is(as))
                .map(config -> unpacked(config, as));
    }

    private <T extends Message> Optional<T> find(XdsType type, String name, Class<T> as) {
        return Optional.ofNullable(config.find(type, name))
                .map(resource -> unpacked(resource.content(), as));
    }

    static <T extends Message> T unpacked(Any any, Class<T> as) {
        try {
            return any.unpack(as);
        } catch (InvalidProtocolBufferException failure) {
            throw new IllegalStateException("Pilot's own config does not read", failure);
        }
    }
}
