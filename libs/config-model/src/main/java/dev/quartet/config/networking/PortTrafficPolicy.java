package dev.quartet.config.networking;

import dev.quartet.config.schema.Required;
import org.jspecify.annotations.Nullable;

/// Replaces the whole policy for one port.
public record PortTrafficPolicy(
        @Required PortSelector port,
        @Nullable LoadBalancerSettings loadBalancer,
        @Nullable ConnectionPoolSettings connectionPool,
        @Nullable OutlierDetection outlierDetection,
        @Nullable ClientTlsSettings tls) {}
