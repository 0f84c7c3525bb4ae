package dev.quartet.config.mesh;

import dev.quartet.config.networking.ClientTlsSettings;
import dev.quartet.config.networking.ConnectionPoolSettings;
import dev.quartet.config.schema.NotTranslated;
import dev.quartet.config.schema.OneOf;
import dev.quartet.config.schema.Required;
import dev.quartet.config.schema.SortedMaps;
import dev.quartet.config.schema.Superseded;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Settings of proxies. What Pilot tells a running proxy is in force at once; what belongs to a proxy's start is said where proxies are
/// started: by the injector's settings, or `mesh up`.
///
/// @param zipkinAddress the old form of `tracing.zipkin.address`
/// @param tracing where spans go, and which; in force with `enableTracing`
/// @param envoyAccessLogService where Envoy's own access logs go by gRPC; in force with `enableEnvoyAccessLogService`
public record ProxyConfig(
        @NotTranslated("take it out: nothing writes files beside a proxy")
                @Nullable String configPath,
        @NotTranslated("the image says which Envoy it is: set quartet.injector.proxy-image")
                @Nullable String binaryPath,
        @NotTranslated("take it out: a proxy's cluster is named by its workload and namespace")
                @Nullable String serviceCluster,
        @NotTranslated("set quartet.injector.drain; pods that are made afterwards have it")
                @Nullable Duration drainDuration,
        @NotTranslated("take it out: Envoy is not restarted in place")
                @Nullable Duration parentShutdownDuration,
        @NotTranslated("set quartet.injector.pilot-address; pods that are made afterwards have it")
                @Nullable String discoveryAddress,
        @NotTranslated("take it out: Envoy is told at once")
                @Nullable Duration discoveryRefreshDelay,
        @Superseded("write tracing.zipkin.address instead") @Nullable String zipkinAddress,
        @NotTranslated(
                        "take it out: a proxy waits 1s for Pilot and Citadel; for services write connectTimeout of the mesh")
                @Nullable Duration connectTimeout,
        @NotTranslated("let it be read instead: GET /stats/prometheus on a proxy's status port")
                @Nullable String statsdUdpAddress,
        @NotTranslated("let it be read instead: GET /stats/prometheus on a proxy's status port")
                @Nullable String envoyMetricsServiceAddress,
        @NotTranslated("take it out: it is 15000 in pods; mesh up picks a free one")
                @Nullable Integer proxyAdminPort,
        @NotTranslated("take it out: the registry says where a workload is")
                @Nullable String availabilityZone,
        @NotTranslated("take it out: proxies speak to Pilot by mutual TLS alone")
                @Nullable ControlPlaneAuthPolicy controlPlaneAuthPolicy,
        @NotTranslated("take it out: the bootstrap is the mesh's own")
                @Nullable String customConfigFile,
        @NotTranslated("take it out: Envoy's statistics have names of any length")
                @Nullable Integer statNameLength,
        @NotTranslated("set quartet.injector.concurrency; pods that are made afterwards have it")
                @Nullable Integer concurrency,
        @NotTranslated("take it out: the bootstrap is the mesh's own")
                @Nullable String proxyBootstrapTemplatePath,
        @NotTranslated("write the annotation sidecar.istio.io/interceptionMode of the pod instead")
                @Nullable InterceptionMode interceptionMode,
        @Nullable Tracing tracing,
        @NotTranslated("take it out: certificates come from Citadel by SDS") @Nullable Sds sds,
        @Nullable RemoteService envoyAccessLogService,
        @NotTranslated("let it be read instead: GET /stats/prometheus on a proxy's status port")
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

    /// @param address `host:port`
    public record RemoteService(
            @Nullable String address,
            @Nullable ClientTlsSettings tlsSettings,
            ConnectionPoolSettings.@Nullable TcpKeepalive tcpKeepalive) {}

    /// @param openTelemetry not in Istio 1.4: OTLP, which most collectors take
    /// @param customTags not in Istio 1.4: what spans say besides, by the tag's name
    /// @param maxPathTagLength not in Istio 1.4: signs of a path that a span has at the most; 256 when unset
    /// @param sampling not in Istio 1.4, where Pilot has it as `PILOT_TRACE_SAMPLING`: the percentage of requests that are
    ///     traced, beside those that ask for it by `x-client-trace-id`; 100 when unset
    public record Tracing(
            @OneOf("tracer") @Nullable Zipkin zipkin,
            @OneOf("tracer") @Nullable Lightstep lightstep,
            @OneOf("tracer") @Nullable Datadog datadog,
            @NotTranslated(
                            "Envoy has no such tracer: write openTelemetry, with a collector that exports")
                    @OneOf("tracer")
                    @Nullable Stackdriver stackdriver,
            @OneOf("tracer") @Nullable OpenTelemetry openTelemetry,
            Map<String, CustomTag> customTags,
            @Nullable Integer maxPathTagLength,
            @Nullable Double sampling) {
        public Tracing {
            customTags = SortedMaps.copyOf(customTags);
        }
    }

    /// @param address `host:port` of a collector that takes Zipkin's JSON, version 2
    public record Zipkin(@Nullable String address) {}

    /// @param address `host:port` of a satellite; it gets OTLP, as Envoy has no tracer of Lightstep's own any more
    /// @param secure whether by TLS
    /// @param cacertPath the file with the roots of its certificate; those of the proxy's system when unset
    public record Lightstep(
            @Nullable String address,
            @Nullable String accessToken,
            @Nullable Boolean secure,
            @Nullable String cacertPath) {
        /// Tokens are in no log.
        @Override
        public String toString() {
            return "Lightstep[" + address + "]";
        }
    }

    /// @param address `host:port` of the agent
    public record Datadog(@Nullable String address) {}

    public record Stackdriver(
            @Nullable Boolean debug,
            @Nullable Long maxNumberOfAttributes,
            @Nullable Long maxNumberOfAnnotations,
            @Nullable Long maxNumberOfMessageEvents) {}

    /// @param address `host:port` of a collector that takes OTLP by gRPC
    public record OpenTelemetry(@Nullable String address) {}

    /// What a span's tag says; one of the three.
    public record CustomTag(
            @OneOf("type") @Nullable Literal literal,
            @OneOf("type") @Nullable Environment environment,
            @OneOf("type") @Nullable RequestHeader header) {

        public record Literal(@Required String value) {}

        /// @param name of a variable of the proxy's process
        public record Environment(@Required String name, @Nullable String defaultValue) {}

        /// @param name of a header of the request
        public record RequestHeader(@Required String name, @Nullable String defaultValue) {}
    }
}
