package dev.quartet.pilot.snapshot;

import dev.quartet.config.mesh.MeshConfig;
import dev.quartet.config.networking.LocalityLoadBalancerSettings;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The mesh config with its defaults filled in, but for what stands in [AccessLogSettings], [TracingSettings] and
/// [ClusterDefaults].
///
/// @param checksEnabled false: the user has turned policy checks off
/// @param checkServer where Mixer takes checks; without one, what a rule protects answers 503
/// @param reportServer where Mixer takes reports; empty turns reporting off
/// @param requestsReported false: reports are of connections only
/// @param reportsInBatches false: each is sent at once
/// @param oneReportServer whether a proxy keeps to one address of `reportServer`, where its name has several
/// @param failOpen what an unreachable Mixer means where a service does not say
/// @param allowAny whether requests for unknown hosts leave the mesh
/// @param trustDomainAliases earlier names of the trust domain: a principal of one is that of all
/// @param serviceExportTo who sees a service that does not say it, in `exportTo`'s words; empty: all
/// @param virtualServiceExportTo the same for VirtualServices
/// @param destinationRuleExportTo the same for DestinationRules
/// @param protocolDetectionTimeout how long a listener waits for the first bytes of a client
/// @param localities how requests go by locality where a DestinationRule does not say it
/// @param dnsRefreshRate how often a proxy looks a name up whose answer does not say it
public record MeshSettings(
        boolean checksEnabled,
        Optional<HostPort> checkServer,
        Optional<HostPort> reportServer,
        boolean requestsReported,
        boolean reportsInBatches,
        boolean oneReportServer,
        boolean failOpen,
        Duration connectTimeout,
        String trustDomain,
        List<String> trustDomainAliases,
        String rootNamespace,
        boolean autoMtls,
        boolean allowAny,
        int reportBatchMaxEntries,
        Duration reportBatchMaxTime,
        List<String> serviceExportTo,
        List<String> virtualServiceExportTo,
        List<String> destinationRuleExportTo,
        Duration protocolDetectionTimeout,
        Duration dnsRefreshRate,
        LocalityLoadBalancerSettings localities) {

    /// Istio 1.4's, as the next one.
    private static final Duration PROTOCOL_DETECTION = Duration.ofMillis(100);

    private static final Duration DNS_REFRESH = Duration.ofSeconds(5);

    /// Near ones first, where bad ones are found out.
    private static final LocalityLoadBalancerSettings LOCALITIES =
            new LocalityLoadBalancerSettings(List.of(), List.of(), List.of(), null);

    /// An address as users write it, `istio-policy.istio-system:9091`.
    ///
    /// @param host a name or an address, one of IPv6 without its brackets
    public record HostPort(String host, int port) {
        static Optional<HostPort> parse(@Nullable String text) {
            if (text == null || text.isBlank()) {
                return Optional.empty();
            }
            var colon = text.lastIndexOf(':');
            var host = text.substring(0, colon);
            return Optional.of(
                    new HostPort(
                            host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
                            Integer.parseInt(text.substring(colon + 1))));
        }
    }

    /// What policies call a service account: its SPIFFE id without the scheme.
    ///
    /// @param account [Workload#account()]
    public String principal(String account) {
        return trustDomain + "/" + account;
    }

    static MeshSettings of(Optional<MeshConfig> config) {
        return config.map(MeshSettings::of)
                .orElseGet(() ->
                        new MeshSettings(
                                true,
                                Optional.empty(),
                                Optional.empty(),
                                true,
                                true,
                                false,
                                false,
                                Duration.ofSeconds(10),
                                "cluster.local",
                                List.of(),
                                "istio-system",
                                true,
                                true,
                                100,
                                Duration.ofSeconds(1),
                                List.of(),
                                List.of(),
                                List.of(),
                                PROTOCOL_DETECTION,
                                DNS_REFRESH,
                                LOCALITIES));
    }

    private static MeshSettings of(MeshConfig config) {
        var outbound = config.outboundTrafficPolicy();
        return new MeshSettings(
                !Boolean.TRUE.equals(config.disablePolicyChecks()),
                HostPort.parse(config.mixerCheckServer()),
                HostPort.parse(config.mixerReportServer()),
                !Boolean.TRUE.equals(config.disableMixerHttpReports()),
                !Boolean.TRUE.equals(config.disableReportBatch()),
                Boolean.TRUE.equals(config.sidecarToTelemetrySessionAffinity()),
                Boolean.TRUE.equals(config.policyCheckFailOpen()),
                config.connectTimeout() == null ? Duration.ofSeconds(10) : config.connectTimeout(),
                config.trustDomain() == null ? "cluster.local" : config.trustDomain(),
                config.trustDomainAliases(),
                config.rootNamespace() == null ? "istio-system" : config.rootNamespace(),
                !Boolean.FALSE.equals(config.enableAutoMtls()),
                outbound == null
                        || outbound.mode() != MeshConfig.OutboundTrafficPolicy.Mode.REGISTRY_ONLY,
                config.reportBatchMaxEntries() == null ? 100 : config.reportBatchMaxEntries(),
                config.reportBatchMaxTime() == null
                        ? Duration.ofSeconds(1)
                        : config.reportBatchMaxTime(),
                config.defaultServiceExportTo(),
                config.defaultVirtualServiceExportTo(),
                config.defaultDestinationRuleExportTo(),
                config.protocolDetectionTimeout() == null
                        ? PROTOCOL_DETECTION
                        : config.protocolDetectionTimeout(),
                config.dnsRefreshRate() == null ? DNS_REFRESH : config.dnsRefreshRate(),
                config.localityLbSetting() == null ? LOCALITIES : config.localityLbSetting());
    }
}
