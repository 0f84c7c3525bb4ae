package dev.quartet.config.mesh;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.check.Problems;
import dev.quartet.config.check.Values;
import dev.quartet.config.networking.LocalityRules;
import dev.quartet.config.networking.TrafficPolicyRules;
import dev.quartet.config.schema.Durations;
import dev.quartet.config.schema.Names;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// When the mesh's settings are right by themselves. After Istio 1.4, `validation.go` `ValidateMeshConfig`.
public final class MeshConfigRules {
    /// The signs of a SPIFFE trust domain (SPIFFE-ID, 2.1).
    private static final Pattern TRUST_DOMAIN = Pattern.compile("[a-z0-9._-]{1,255}");

    private static final Duration LONGEST_CONNECT_TIMEOUT = Duration.ofSeconds(30);

    /// From one sign to the next, or to the end.
    private static final Pattern VARIABLE = Pattern.compile("%[^%]*%?");

    private static final List<String> OF_A_PORT =
            List.of("%SERVICE%", "%SERVICE_FQDN%", "%SERVICE_PORT%", "%SERVICE_PORT_NAME%");

    private static final List<String> OF_A_CLUSTER =
            List.of(
                    "%SERVICE%",
                    "%SERVICE_FQDN%", "%SERVICE_PORT%", "%SERVICE_PORT_NAME%", "%SUBSET_NAME%");

    private MeshConfigRules() {}

    public static void check(MeshConfig spec, Problems problems) {
        var root = FieldPath.SPEC;
        Values.server(problems, root.field("mixerCheckServer"), spec.mixerCheckServer());
        Values.server(problems, root.field("mixerReportServer"), spec.mixerReportServer());
        Values.server(problems, root.field("mixerAddress"), spec.mixerAddress());
        Values.port(problems, root.field("proxyListenPort"), spec.proxyListenPort());
        if (spec.proxyHttpPort() != null && spec.proxyHttpPort() != 0) {
            Values.port(problems, root.field("proxyHttpPort"), spec.proxyHttpPort());
        }
        Values.duration(problems, root.field("connectTimeout"), spec.connectTimeout());
        if (spec.connectTimeout() != null
                && spec.connectTimeout().compareTo(LONGEST_CONNECT_TIMEOUT) > 0) {
            problems.invalid(
                    root.field("connectTimeout"),
                    Durations.format(spec.connectTimeout()) + " is longer than 30s",
                    "write 30s or less");
        }
        Values.durationOrZero(
                problems, root.field("protocolDetectionTimeout"), spec.protocolDetectionTimeout());
        TrafficPolicyRules.keepalive(spec.tcpKeepalive(), root.field("tcpKeepalive"), problems);
        trustDomain(spec.trustDomain(), root.field("trustDomain"), problems);
        for (int i = 0; i < spec.trustDomainAliases().size(); i++) {
            trustDomain(
                    spec.trustDomainAliases().get(i),
                    root.field("trustDomainAliases").index(i),
                    problems);
        }
        Values.dnsLabel(problems, root.field("rootNamespace"), spec.rootNamespace());
        if (spec.localityLbSetting() != null) {
            LocalityRules.check(
                    spec.localityLbSetting(), root.field("localityLbSetting"), problems);
        }
        Values.duration(problems, root.field("dnsRefreshRate"), spec.dnsRefreshRate());
        Values.notNegative(
                problems, root.field("reportBatchMaxEntries"), spec.reportBatchMaxEntries());
        Values.durationOrZero(
                problems, root.field("reportBatchMaxTime"), spec.reportBatchMaxTime());
        for (int i = 0; i < spec.configSources().size(); i++) {
            TrafficPolicyRules.tls(
                    spec.configSources().get(i).tlsSettings(),
                    root.field("configSources").index(i).field("tlsSettings"),
                    problems);
        }
        statName(
                spec.inboundClusterStatName(),
                root.field("inboundClusterStatName"),
                OF_A_PORT,
                problems);
        statName(
                spec.outboundClusterStatName(),
                root.field("outboundClusterStatName"),
                OF_A_CLUSTER,
                problems);
        accessLog(spec, root, problems);
        collectors(spec, root.field("defaultConfig"), problems);
        if (spec.defaultConfig() != null) {
            ProxyConfigRules.check(spec.defaultConfig(), root.field("defaultConfig"), problems);
        }
    }

    private static void accessLog(MeshConfig spec, FieldPath root, Problems problems) {
        var format = spec.accessLogFormat();
        if (format == null || format.isEmpty()) {
            return;
        }
        var path = root.field("accessLogFormat");
        switch (Objects.requireNonNullElse(
                spec.accessLogEncoding(), MeshConfig.AccessLogEncoding.TEXT)) {
            case TEXT -> AccessLogFormats.text(format, path, problems);
            case JSON -> AccessLogFormats.json(format, path, problems);
        }
    }

    /// What is turned on needs somebody to send to.
    private static void collectors(MeshConfig spec, FieldPath proxies, Problems problems) {
        var proxy = spec.defaultConfig();
        if (Boolean.TRUE.equals(spec.enableEnvoyAccessLogService())
                && (proxy == null || !hasAddress(proxy.envoyAccessLogService()))) {
            problems.missing(
                    proxies.field("envoyAccessLogService").field("address"),
                    "enableEnvoyAccessLogService is on, and nothing says where the logs go",
                    "add host:port of a server of Envoy's AccessLogService, or turn it off");
        }
        if (Boolean.TRUE.equals(spec.enableTracing())
                && (proxy == null || !ProxyConfigRules.hasTracer(proxy))) {
            problems.missing(
                    proxies.field("tracing"),
                    "enableTracing is on, and nothing says where the spans go",
                    "add zipkin, openTelemetry, datadog or lightstep with an address, or turn it off");
        }
    }

    private static boolean hasAddress(ProxyConfig.@Nullable RemoteService service) {
        return service != null && service.address() != null && !service.address().isEmpty();
    }

    /// Envoy would take everything; a variable that stands for nothing would give all clusters one name.
    private static void statName(
            @Nullable String pattern, FieldPath path, List<String> variables, Problems problems) {
        if (pattern == null) {
            return;
        }
        var variable = VARIABLE.matcher(pattern);
        while (variable.find()) {
            if (!variables.contains(variable.group())) {
                problems.invalid(
                        path,
                        quoted(variable.group()) + " stands for nothing",
                        "use " + Names.listed(variables));
            }
        }
    }

    private static void trustDomain(@Nullable String domain, FieldPath path, Problems problems) {
        if (domain != null && !TRUST_DOMAIN.matcher(domain).matches()) {
            problems.invalid(
                    path,
                    quoted(domain) + " is no trust domain",
                    "use lower-case letters, digits, -, _ and ., for example cluster.local");
        }
    }
}
