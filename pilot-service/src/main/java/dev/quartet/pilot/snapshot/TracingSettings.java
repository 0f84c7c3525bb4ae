package dev.quartet.pilot.snapshot;

import dev.quartet.config.mesh.MeshConfig;
import dev.quartet.config.mesh.ProxyConfig;
import dev.quartet.config.networking.ClientTlsSettings;
import dev.quartet.pilot.snapshot.MeshSettings.HostPort;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// Which spans proxies send, and where to.
///
/// @param sampling the percentage of requests that are traced, beside those that ask for it
/// @param maxPathTagLength in signs; empty: Envoy's own
/// @param customTags by the tag's name
public record TracingSettings(
        Tracer tracer,
        double sampling,
        OptionalInt maxPathTagLength,
        Map<String, ProxyConfig.CustomTag> customTags) {
    private static final double ALL = 100;

    /// By the collector's language.
    public sealed interface Tracer {
        Collector collector();

        record Zipkin(Collector collector) implements Tracer {}

        record Datadog(Collector collector) implements Tracer {}

        /// @param token of a collector that asks for one
        record OpenTelemetry(Collector collector, Optional<String> token) implements Tracer {
            /// Tokens are in no log.
            @Override
            public String toString() {
                return "OpenTelemetry[" + collector + "]";
            }
        }
    }

    /// Whether the tracer has to be told in whose name it speaks; Envoy's own has it from the bootstrap.
    public boolean namesServices() {
        return switch (tracer) {
            case Tracer.Zipkin _ -> false;
            case Tracer.Datadog _, Tracer.OpenTelemetry _ -> true;
        };
    }

    static Optional<TracingSettings> of(MeshConfig config) {
        var proxies = config.defaultConfig();
        if (!Boolean.TRUE.equals(config.enableTracing()) || proxies == null) {
            return Optional.empty();
        }
        var written = proxies.tracing();
        if (written == null) {
            return zipkin(proxies.zipkinAddress())
                    .map(tracer -> new TracingSettings(tracer, ALL, OptionalInt.empty(), Map.of()));
        }
        return tracer(written)
                .or(() -> zipkin(proxies.zipkinAddress()))
                .map(tracer ->
                        new TracingSettings(
                                tracer,
                                written.sampling() == null ? ALL : written.sampling(),
                                written.maxPathTagLength() == null
                                        ? OptionalInt.empty()
                                        : OptionalInt.of(written.maxPathTagLength()),
                                written.customTags()));
    }

    private static Optional<Tracer> tracer(ProxyConfig.Tracing tracing) {
        if (tracing.zipkin() != null) {
            return zipkin(tracing.zipkin().address());
        }
        if (tracing.datadog() != null) {
            return collector(tracing.datadog().address()).map(Tracer.Datadog::new);
        }
        if (tracing.openTelemetry() != null) {
            return collector(tracing.openTelemetry().address())
                    .map(it -> new Tracer.OpenTelemetry(it, Optional.empty()));
        }
        var lightstep = tracing.lightstep();
        return lightstep == null
                ? Optional.empty()
                : HostPort.parse(lightstep.address())
                        .map(address ->
                                new Tracer.OpenTelemetry(
                                        new Collector(address, tls(lightstep), Optional.empty()),
                                        Optional.ofNullable(lightstep.accessToken())));
    }

    private static Optional<Tracer> zipkin(@Nullable String address) {
        return collector(address).map(Tracer.Zipkin::new);
    }

    private static Optional<Collector> collector(@Nullable String address) {
        return HostPort.parse(address).flatMap(Collector::plain);
    }

    private static Optional<ClientTlsSettings> tls(ProxyConfig.Lightstep lightstep) {
        return Boolean.TRUE.equals(lightstep.secure())
                ? Optional.of(
                        new ClientTlsSettings(
                                ClientTlsSettings.Mode.SIMPLE,
                                null,
                                null,
                                lightstep.cacertPath(),
                                null,
                                List.of(),
                                null,
                                null,
                                null))
                : Optional.empty();
    }
}
