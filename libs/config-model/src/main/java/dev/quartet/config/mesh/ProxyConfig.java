package dev.quartet.config.mesh;

import dev.quartet.config.networking.ClientTlsSettings;
import dev.quartet.config.networking.ConnectionPoolSettings;
import dev.quartet.config.schema.OneOf;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Settings of a proxy's own start.
public record ProxyConfig(
        @Nullable String configPath,
        @Nullable String binaryPath,
        @Nullable String serviceCluster,
        @Nullable Duration drainDuration,
        @Nullable Duration parentShutdownDuration,
        @Nullable String discoveryAddress,
        @Nullable Duration discoveryRefreshDelay,
        @Nullable String zipkinAddress,
        @Nullable Duration connectTimeout,
        @Nullable String statsdUdpAddress,
        @Nullable String envoyMetricsServiceAddress,
        @Nullable Integer proxyAdminPort,
        @Nullable String availabilityZone,
        @Nullable ControlPlaneAuthPolicy controlPlaneAuthPolicy,
        @Nullable String customConfigFile,
        @Nullable Integer statNameLength,
        @Nullable Integer concurrency,
        @Nullable String proxyBootstrapTemplatePath,
        @Nullable InterceptionMode interceptionMode,
        @Nullable Tracing tracing,
        @Nullable Sds sds,
        @Nullable RemoteService envoyAccessLogService,
        @Nullable RemoteService envoyMetricsService) {

    public enum ControlPlaneAuthPolicy {
        NONE,
        MUTUAL_TLS
    }

    public enum InterceptionMode {
        REDIRECT,
        TPROXY,
        NONE
    }

    public record Sds(@Nullable Boolean enabled, @Nullable String k8sSaJwtPath) {}

    public record RemoteService(
            @Nullable String address,
            @Nullable ClientTlsSettings tlsSettings,
            ConnectionPoolSettings.@Nullable TcpKeepalive tcpKeepalive) {}

    public record Tracing(
            @OneOf("tracer") @Nullable Zipkin zipkin,
            @OneOf("tracer") @Nullable Lightstep lightstep,
            @OneOf("tracer") @Nullable Datadog datadog,
            @OneOf("tracer") @Nullable Stackdriver stackdriver) {}

    public record Zipkin(@Nullable String address) {}

    public record Lightstep(
            @Nullable String address,
            @Nullable String accessToken,
            @Nullable Boolean secure,
            @Nullable String cacertPath) {}

    public record Datadog(@Nullable String address) {}

    public record Stackdriver(
            @Nullable Boolean debug,
            @Nullable Long maxNumberOfAttributes,
            @Nullable Long maxNumberOfAnnotations,
            @Nullable Long maxNumberOfMessageEvents) {}
}
