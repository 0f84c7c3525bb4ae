package dev.quartet.config.networking;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

public record ConnectionPoolSettings(@Nullable Tcp tcp, @Nullable Http http) {

    /// @param idleTimeout how long a connection that is not read as HTTP may be silent: an hour when unset, for ever when 0s
    public record Tcp(
            @Nullable Integer maxConnections,
            @Nullable Duration connectTimeout,
            @Nullable TcpKeepalive tcpKeepalive,
            @Nullable Duration maxConnectionDuration,
            @Nullable Duration idleTimeout) {}

    public record TcpKeepalive(
            @Nullable Integer probes, @Nullable Duration time, @Nullable Duration interval) {}

    public record Http(
            @Nullable Integer http1MaxPendingRequests,
            @Nullable Integer http2MaxRequests,
            @Nullable Integer maxRequestsPerConnection,
            @Nullable Integer maxRetries,
            @Nullable Duration idleTimeout,
            @Nullable H2UpgradePolicy h2UpgradePolicy,
            @Nullable Boolean useClientProtocol,
            @Nullable Integer maxConcurrentStreams) {}

    public enum H2UpgradePolicy {
        DEFAULT,
        DO_NOT_UPGRADE,
        UPGRADE
    }
}
