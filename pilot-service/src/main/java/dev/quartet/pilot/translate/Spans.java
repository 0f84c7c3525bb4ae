package dev.quartet.pilot.translate;

import com.google.protobuf.Message;
import dev.quartet.config.mesh.ProxyConfig;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.TracingSettings;
import dev.quartet.pilot.snapshot.TracingSettings.Tracer;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.trace.v3.DatadogConfig;
import io.envoyproxy.envoy.config.trace.v3.OpenTelemetryConfig;
import io.envoyproxy.envoy.config.trace.v3.Tracing;
import io.envoyproxy.envoy.config.trace.v3.ZipkinConfig;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.type.tracing.v3.CustomTag;
import io.envoyproxy.envoy.type.v3.Percent;
import java.util.Objects;
import java.util.Optional;

/// How a proxy traces requests. Whether a span is a client's or a server's follows from its listener's traffic direction, its name
/// from the route's decorator.
/// After Istio 1.4, `pilot/pkg/networking/core/v1alpha3/listener.go` `buildHTTPConnectionManager`; there the tracer is in the bootstrap.
final class Spans {
    private static final String LIGHTSTEP_TOKEN = "lightstep-access-token";

    private Spans() {}

    /// The collector's.
    static String cluster(TracingSettings settings) {
        return switch (settings.tracer()) {
            case Tracer.Zipkin _ -> "zipkin";
            case Tracer.Datadog _ -> "datadog_agent";
            case Tracer.OpenTelemetry _ -> "opentelemetry_collector";
        };
    }

    static boolean speaksHttp2(TracingSettings settings) {
        return switch (settings.tracer()) {
            case Tracer.Zipkin _, Tracer.Datadog _ -> false;
            case Tracer.OpenTelemetry _ -> true;
        };
    }

    /// In whose name a workload's spans speak; empty where the tracer knows it by itself, so that proxies can share config.
    static Optional<String> speaker(Facts facts, String workload, String namespace) {
        return facts.tracing()
                .filter(TracingSettings::namesServices)
                .map(_ -> workload + "." + namespace);
    }

    static HttpConnectionManager.Tracing of(TracingSettings settings, Optional<String> speaker) {
        var tracing =
                HttpConnectionManager.Tracing.newBuilder()
                        .setClientSampling(percent(100))
                        .setRandomSampling(percent(settings.sampling()))
                        .setOverallSampling(percent(100))
                        .setProvider(provider(settings, speaker.orElse("")));
        settings.maxPathTagLength()
                .ifPresent(length -> tracing.setMaxPathTagLength(Envoy.number(length)));
        settings.customTags().forEach((name, tag) -> tracing.addCustomTags(tag(name, tag)));
        return tracing.build();
    }

    private static Percent percent(double value) {
        return Percent.newBuilder().setValue(value).build();
    }

    private static Tracing.Http provider(TracingSettings settings, String speaker) {
        var cluster = cluster(settings);
        var host = settings.tracer().collector().address().host();
        return switch (settings.tracer()) {
            case Tracer.Zipkin _ ->
                    provider(
                            "envoy.tracers.zipkin",
                            ZipkinConfig.newBuilder()
                                    .setCollectorCluster(cluster)
                                    .setCollectorHostname(host)
                                    .setCollectorEndpoint("/api/v2/spans")
                                    .setCollectorEndpointVersion(
                                            ZipkinConfig.CollectorEndpointVersion.HTTP_JSON)
                                    .setTraceId128Bit(true)
                                    .setSharedSpanContext(Envoy.no())
                                    .build());
            case Tracer.Datadog _ ->
                    provider(
                            "envoy.tracers.datadog",
                            DatadogConfig.newBuilder()
                                    .setCollectorCluster(cluster)
                                    .setCollectorHostname(host)
                                    .setServiceName(speaker)
                                    .build());
            case Tracer.OpenTelemetry(var _, var token) -> {
                var service = AccessLogs.grpc(cluster);
                token.ifPresent(text ->
                        service.addInitialMetadata(
                                HeaderValue.newBuilder().setKey(LIGHTSTEP_TOKEN).setValue(text)));
                yield provider(
                        "envoy.tracers.opentelemetry",
                        OpenTelemetryConfig.newBuilder()
                                .setGrpcService(service)
                                .setServiceName(speaker)
                                .build());
            }
        };
    }

    private static Tracing.Http provider(String name, Message config) {
        return Tracing.Http.newBuilder().setName(name).setTypedConfig(Envoy.any(config)).build();
    }

    private static CustomTag tag(String name, ProxyConfig.CustomTag written) {
        var tag = CustomTag.newBuilder().setTag(name);
        if (written.literal() != null) {
            tag.setLiteral(CustomTag.Literal.newBuilder().setValue(written.literal().value()));
        } else if (written.environment() != null) {
            tag.setEnvironment(
                    CustomTag.Environment.newBuilder()
                            .setName(written.environment().name())
                            .setDefaultValue(
                                    Objects.requireNonNullElse(
                                            written.environment().defaultValue(), "")));
        } else if (written.header() != null) {
            tag.setRequestHeader(
                    CustomTag.Header.newBuilder()
                            .setName(written.header().name())
                            .setDefaultValue(
                                    Objects.requireNonNullElse(
                                            written.header().defaultValue(), "")));
        }
        return tag.build();
    }
}
