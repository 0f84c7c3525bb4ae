package dev.quartet.config.networking;

import dev.quartet.config.schema.Required;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

public record TrafficPolicy(
        @Nullable LoadBalancerSettings loadBalancer,
        @Nullable ConnectionPoolSettings connectionPool,
        @Nullable OutlierDetection outlierDetection,
        @Nullable ClientTlsSettings tls,
        List<PortTrafficPolicy> portLevelSettings,
        @Nullable TunnelSettings tunnel,
        @Nullable ProxyProtocol proxyProtocol,
        @Nullable RetryBudget retryBudget) {
    public TrafficPolicy {
        portLevelSettings = List.copyOf(portLevelSettings);
    }

    /// How connections that are not read as HTTP come to somewhere behind the host, which is a proxy for them.
    ///
    /// @param protocol CONNECT or POST; CONNECT when unset
    /// @param targetHost where the host's proxy is asked to lead them
    public record TunnelSettings(
            @Nullable String protocol, @Required String targetHost, @Required Integer targetPort) {}

    public record ProxyProtocol(@Nullable Version version) {
        public enum Version {
            V1,
            V2
        }
    }

    /// @param percent of the active requests, 20 when unset
    /// @param budgetInterval over which requests count; only active ones when unset
    public record RetryBudget(
            @Nullable Double percent,
            @Nullable Integer minRetryConcurrency,
            @Nullable Duration budgetInterval) {}
}
