package dev.quartet.config.mesh;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.check.Problems;
import dev.quartet.config.check.Values;
import dev.quartet.config.networking.TrafficPolicyRules;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// When the mesh's settings are right by themselves. After Istio 1.4, `validation.go` `ValidateMeshConfig`.
public final class MeshConfigRules {
    /// The signs of a SPIFFE trust domain (SPIFFE-ID, 2.1).
    private static final Pattern TRUST_DOMAIN = Pattern.compile("[a-z0-9._-]{1,255}");

    private static final Pattern SERVER =
            Pattern.compile("(\\[[0-9a-fA-F:.]+]|[A-Za-z0-9._-]+):([0-9]{1,5})");

    private MeshConfigRules() {}

    public static void check(MeshConfig spec, Problems problems) {
        var root = FieldPath.SPEC;
        server(spec.mixerCheckServer(), root.field("mixerCheckServer"), problems);
        server(spec.mixerReportServer(), root.field("mixerReportServer"), problems);
        server(spec.mixerAddress(), root.field("mixerAddress"), problems);
        Values.port(problems, root.field("proxyListenPort"), spec.proxyListenPort());
        if (spec.proxyHttpPort() != null && spec.proxyHttpPort() != 0) {
            Values.port(problems, root.field("proxyHttpPort"), spec.proxyHttpPort());
        }
        Values.duration(problems, root.field("connectTimeout"), spec.connectTimeout());
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
            TrafficPolicyRules.locality(
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
        if (spec.defaultConfig() != null) {
            proxy(spec.defaultConfig(), root.field("defaultConfig"), problems);
        }
    }

    private static void proxy(ProxyConfig proxy, FieldPath path, Problems problems) {
        Values.duration(problems, path.field("drainDuration"), proxy.drainDuration());
        Values.duration(
                problems, path.field("parentShutdownDuration"), proxy.parentShutdownDuration());
        Values.duration(problems, path.field("connectTimeout"), proxy.connectTimeout());
        Values.port(problems, path.field("proxyAdminPort"), proxy.proxyAdminPort());
        Values.notNegative(problems, path.field("concurrency"), proxy.concurrency());
        Values.notNegative(problems, path.field("statNameLength"), proxy.statNameLength());
        server(proxy.discoveryAddress(), path.field("discoveryAddress"), problems);
        server(proxy.statsdUdpAddress(), path.field("statsdUdpAddress"), problems);
        var drain = proxy.drainDuration();
        var shutdown = proxy.parentShutdownDuration();
        if (drain != null && shutdown != null && drain.compareTo(shutdown) >= 0) {
            problems.invalid(
                    path.field("parentShutdownDuration"),
                    "it is not longer than drainDuration",
                    "make it longer");
        }
    }

    private static void server(@Nullable String address, FieldPath path, Problems problems) {
        if (address == null || address.isEmpty()) {
            return;
        }
        var matcher = SERVER.matcher(address);
        if (!matcher.matches()
                || Integer.parseInt(matcher.group(2)) < 1
                || Integer.parseInt(matcher.group(2)) > 65535) {
            problems.invalid(
                    path, quoted(address) + " is no address of a server", "write host:port");
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
