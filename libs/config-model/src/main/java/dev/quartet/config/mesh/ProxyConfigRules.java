package dev.quartet.config.mesh;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.check.Problems;
import dev.quartet.config.check.Values;
import dev.quartet.config.networking.TrafficPolicyRules;
import dev.quartet.config.schema.Durations;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// When the settings of proxies are right by themselves. After Istio 1.4, `validation.go` `ValidateProxyConfig`.
final class ProxyConfigRules {
    private static final Duration LONGEST_DRAIN = Duration.ofHours(1);

    private ProxyConfigRules() {}

    static void check(ProxyConfig proxy, FieldPath path, Problems problems) {
        shutdown(proxy.drainDuration(), path.field("drainDuration"), problems);
        shutdown(proxy.parentShutdownDuration(), path.field("parentShutdownDuration"), problems);
        var drain = proxy.drainDuration();
        var shutdown = proxy.parentShutdownDuration();
        if (drain != null && shutdown != null && drain.compareTo(shutdown) >= 0) {
            problems.invalid(
                    path.field("parentShutdownDuration"),
                    "it is not longer than drainDuration",
                    "make it longer");
        }
        Values.duration(problems, path.field("connectTimeout"), proxy.connectTimeout());
        Values.duration(
                problems, path.field("discoveryRefreshDelay"), proxy.discoveryRefreshDelay());
        Values.port(problems, path.field("proxyAdminPort"), proxy.proxyAdminPort());
        Values.notNegative(problems, path.field("concurrency"), proxy.concurrency());
        Values.notNegative(problems, path.field("statNameLength"), proxy.statNameLength());
        Values.server(problems, path.field("discoveryAddress"), proxy.discoveryAddress());
        Values.server(problems, path.field("statsdUdpAddress"), proxy.statsdUdpAddress());
        Values.server(problems, path.field("zipkinAddress"), proxy.zipkinAddress());
        Values.server(
                problems,
                path.field("envoyMetricsServiceAddress"),
                proxy.envoyMetricsServiceAddress());
        service(proxy.envoyAccessLogService(), path.field("envoyAccessLogService"), problems);
        service(proxy.envoyMetricsService(), path.field("envoyMetricsService"), problems);
        if (proxy.tracing() != null) {
            tracing(proxy.tracing(), path.field("tracing"), problems);
        }
    }

    private static void shutdown(@Nullable Duration time, FieldPath path, Problems problems) {
        Values.duration(problems, path, time);
        if (time == null) {
            return;
        }
        if (time.getNano() != 0) {
            problems.invalid(
                    path,
                    Durations.format(time) + " is finer than a second",
                    "write whole seconds");
        }
        if (time.compareTo(LONGEST_DRAIN) > 0) {
            problems.invalid(
                    path, Durations.format(time) + " is longer than an hour", "write 1h or less");
        }
    }

    private static void service(
            ProxyConfig.@Nullable RemoteService service, FieldPath path, Problems problems) {
        if (service != null) {
            Values.server(problems, path.field("address"), service.address());
            TrafficPolicyRules.tls(service.tlsSettings(), path.field("tlsSettings"), problems);
            TrafficPolicyRules.keepalive(
                    service.tcpKeepalive(), path.field("tcpKeepalive"), problems);
        }
    }

    /// Whether spans have somewhere to go; what is wrong with that is told by [#check], or as not translated.
    static boolean hasTracer(ProxyConfig proxy) {
        var zipkin = proxy.zipkinAddress();
        var tracing = proxy.tracing();
        return zipkin != null && !zipkin.isEmpty()
                || tracing != null
                        && (tracing.zipkin() != null
                                || tracing.lightstep() != null
                                || tracing.datadog() != null
                                || tracing.stackdriver() != null
                                || tracing.openTelemetry() != null);
    }

    private static void tracing(ProxyConfig.Tracing tracing, FieldPath path, Problems problems) {
        if (tracing.zipkin() != null) {
            collector(tracing.zipkin().address(), path.field("zipkin"), problems);
        }
        if (tracing.datadog() != null) {
            collector(tracing.datadog().address(), path.field("datadog"), problems);
        }
        if (tracing.openTelemetry() != null) {
            collector(tracing.openTelemetry().address(), path.field("openTelemetry"), problems);
        }
        var lightstep = tracing.lightstep();
        if (lightstep != null) {
            collector(lightstep.address(), path.field("lightstep"), problems);
            if (lightstep.accessToken() == null || lightstep.accessToken().isEmpty()) {
                problems.missing(
                        path.field("lightstep").field("accessToken"),
                        "Lightstep takes no spans without a token",
                        "add accessToken");
            } else {
                Values.headerValue(
                        problems,
                        path.field("lightstep").field("accessToken"),
                        lightstep.accessToken());
            }
        }
        Values.notNegative(problems, path.field("maxPathTagLength"), tracing.maxPathTagLength());
        Values.fraction(problems, path.field("sampling"), tracing.sampling());
        tracing.customTags()
                .forEach((name, tag) ->
                        tag(name, tag, path.field("customTags").key(name), problems));
    }

    private static void tag(
            String name, ProxyConfig.CustomTag tag, FieldPath path, Problems problems) {
        if (name.isEmpty()) {
            problems.invalid(path, "the tag has no name", "write one before the colon");
        }
        if (tag.literal() == null && tag.environment() == null && tag.header() == null) {
            problems.missing(
                    path, "nothing says what the tag says", "add literal, environment or header");
        }
        if (tag.literal() != null && tag.literal().value().isEmpty()) {
            problems.invalid(
                    path.field("literal").field("value"),
                    "the tag says nothing",
                    "write a text, or take the tag out");
        }
        if (tag.environment() != null && tag.environment().name().isEmpty()) {
            problems.invalid(
                    path.field("environment").field("name"),
                    "the variable has no name",
                    "write one, or take the tag out");
        }
        if (tag.header() != null) {
            Values.headerName(problems, path.field("header").field("name"), tag.header().name());
        }
    }

    /// In Istio 1.4 `$(HOST_IP)` stands for the address of a proxy's node: an agent beside the proxy knows it.
    private static void collector(@Nullable String address, FieldPath path, Problems problems) {
        if (address == null || address.isEmpty()) {
            problems.missing(
                    path.field("address"), "the collector has no address", "write host:port");
        } else if (address.contains("$(")) {
            problems.invalid(
                    path.field("address"),
                    quoted(address) + " holds a variable of Istio's agent, and there is none",
                    "write host:port of a Service, one with internalTrafficPolicy Local for the node's own");
        } else {
            Values.server(problems, path.field("address"), address);
        }
    }
}
