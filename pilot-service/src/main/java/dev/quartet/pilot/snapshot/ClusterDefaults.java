package dev.quartet.pilot.snapshot;

import dev.quartet.config.mesh.MeshConfig;
import dev.quartet.config.networking.ConnectionPoolSettings;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What holds for the clusters of all services where no DestinationRule says otherwise, and how statistics name them.
///
/// @param upgradesToHttp2 whether requests to the mesh's services go by HTTP/2
/// @param inboundStatName a pattern, `%SERVICE%_%SERVICE_PORT%`; empty: the cluster's name
/// @param outboundStatName the same
public record ClusterDefaults(
        Optional<ConnectionPoolSettings.TcpKeepalive> keepalive,
        boolean upgradesToHttp2,
        Optional<String> inboundStatName,
        Optional<String> outboundStatName) {
    static final ClusterDefaults NONE =
            new ClusterDefaults(Optional.empty(), false, Optional.empty(), Optional.empty());

    static ClusterDefaults of(MeshConfig config) {
        return new ClusterDefaults(
                Optional.ofNullable(config.tcpKeepalive()),
                config.h2UpgradePolicy() == ConnectionPoolSettings.H2UpgradePolicy.UPGRADE,
                written(config.inboundClusterStatName()),
                written(config.outboundClusterStatName()));
    }

    private static Optional<String> written(@Nullable String pattern) {
        return Optional.ofNullable(pattern).filter(it -> !it.isEmpty());
    }
}
