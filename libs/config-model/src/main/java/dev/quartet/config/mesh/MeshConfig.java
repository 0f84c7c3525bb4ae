package dev.quartet.config.mesh;

import dev.quartet.config.Spec;
import dev.quartet.config.networking.ClientTlsSettings;
import dev.quartet.config.networking.ConnectionPoolSettings;
import dev.quartet.config.networking.LocalityLoadBalancerSettings;
import dev.quartet.config.schema.NotTranslated;
import dev.quartet.config.schema.Required;
import dev.quartet.config.schema.Superseded;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Settings for the whole mesh (Istio 1.4 `mesh/v1alpha1/config.proto`). Every component is `@Nullable`; the defaults stand
/// where a setting is used.
///
/// @param mixerCheckServer `host:port`; empty turns checking off
/// @param mixerReportServer `host:port`; empty turns reporting off
/// @param disablePolicyChecks true by default, as in Istio 1.4
/// @param policyCheckFailOpen what an unreachable Mixer means: true passes, false (default) answers 503
/// @param proxyHttpPort where sidecars take HTTP proxy requests; unset or 0 for nowhere
/// @param ingressClass the class of Kubernetes Ingresses that are the mesh's; `istio` when unset
/// @param ingressService the Service in `istio-system` whose address Ingresses get; `istio-ingressgateway` when unset
/// @param ingressSelector the label `istio` of the gateways that serve Ingresses; `ingressgateway` when unset
/// @param ingressControllerMode which Ingresses are the mesh's: those that name its class (STRICT, and unset), those without a
///     class too (DEFAULT), none (OFF)
/// @param rootNamespace where resources hold for the whole mesh; `istio-system` when unset
/// @param localityLbSetting where a DestinationRule has none; unset: near workloads first, where `outlierDetection` finds out bad ones
/// @param reportBatchMaxEntries 100 when unset
/// @param reportBatchMaxTime 1 s when unset
public record MeshConfig(
        @Nullable String mixerCheckServer,
        @Nullable String mixerReportServer,
        @Nullable Boolean disablePolicyChecks,
        @NotTranslated("empty mixerReportServer turns reports off")
                @Nullable Boolean disableMixerHttpReports,
        @Nullable Boolean policyCheckFailOpen,
        @NotTranslated("every proxy keeps one stream to Mixer")
                @Nullable Boolean sidecarToTelemetrySessionAffinity,
        @NotTranslated("sidecars capture on 15001") @Nullable Integer proxyListenPort,
        @Nullable Integer proxyHttpPort,
        @Nullable Duration connectTimeout,
        @NotTranslated("protocols follow from the ports")
                @Nullable Duration protocolDetectionTimeout,
        @NotTranslated("keep-alive comes with a later version; write it in a DestinationRule")
                ConnectionPoolSettings.@Nullable TcpKeepalive tcpKeepalive,
        @Nullable String ingressClass,
        @Nullable String ingressService,
        @Nullable String ingressSelector,
        @Nullable IngressControllerMode ingressControllerMode,
        @NotTranslated("tracing comes with a later version") @Nullable Boolean enableTracing,
        @NotTranslated("access log files come with a later version") @Nullable String accessLogFile,
        @NotTranslated("access log files come with a later version")
                @Nullable String accessLogFormat,
        @NotTranslated("access log files come with a later version")
                @Nullable AccessLogEncoding accessLogEncoding,
        @NotTranslated("access logs go to Mixer") @Nullable Boolean enableEnvoyAccessLogService,
        @NotTranslated("a proxy's own settings come from its bootstrap")
                @Nullable ProxyConfig defaultConfig,
        @Nullable OutboundTrafficPolicy outboundTrafficPolicy,
        @NotTranslated("checks are made by the called side")
                @Nullable Boolean enableClientSidePolicyCheck,
        @NotTranslated("certificates come from Citadel over TLS") @Nullable String sdsUdsPath,
        @NotTranslated("config comes from Galley") List<ConfigSource> configSources,
        @Nullable Boolean enableAutoMtls,
        @NotTranslated("tokens are given by the way the mesh is run")
                @Nullable Boolean enableSdsTokenMount,
        @NotTranslated("tokens are given by the way the mesh is run")
                @Nullable Boolean sdsUseK8sSaJwt,
        @Nullable String trustDomain,
        @NotTranslated("trust domain aliases come with a later version")
                List<String> trustDomainAliases,
        @NotTranslated("resources are visible in every namespace")
                List<String> defaultServiceExportTo,
        @NotTranslated("resources are visible in every namespace")
                List<String> defaultVirtualServiceExportTo,
        @NotTranslated("resources are visible in every namespace")
                List<String> defaultDestinationRuleExportTo,
        @Nullable String rootNamespace,
        @Nullable LocalityLoadBalancerSettings localityLbSetting,
        @NotTranslated("DNS services come with a later version") @Nullable Duration dnsRefreshRate,
        @NotTranslated("reports always go in batches") @Nullable Boolean disableReportBatch,
        @Nullable Integer reportBatchMaxEntries,
        @Nullable Duration reportBatchMaxTime,
        @NotTranslated("write it in a DestinationRule")
                ConnectionPoolSettings.@Nullable H2UpgradePolicy h2UpgradePolicy,
        @NotTranslated("statistics have Istio's cluster names")
                @Nullable String inboundClusterStatName,
        @NotTranslated("statistics have Istio's cluster names")
                @Nullable String outboundClusterStatName,
        @NotTranslated("certificates for webhooks come with a later version")
                List<Certificate> certificates,
        @NotTranslated("write a PeerAuthentication instead")
                @Superseded("write a PeerAuthentication instead")
                @Nullable AuthPolicy authPolicy,
        @NotTranslated("Envoy is told at once") @Superseded("take it out: Envoy is told at once")
                @Nullable Duration rdsRefreshDelay,
        @NotTranslated("Envoy is told at once") @Superseded("take it out: Envoy is told at once")
                @Nullable Duration sdsRefreshDelay,
        @NotTranslated("write mixerCheckServer and mixerReportServer instead")
                @Superseded("write mixerCheckServer and mixerReportServer instead")
                @Nullable String mixerAddress)
        implements Spec {
    public MeshConfig {
        configSources = List.copyOf(configSources);
        trustDomainAliases = List.copyOf(trustDomainAliases);
        defaultServiceExportTo = List.copyOf(defaultServiceExportTo);
        defaultVirtualServiceExportTo = List.copyOf(defaultVirtualServiceExportTo);
        defaultDestinationRuleExportTo = List.copyOf(defaultDestinationRuleExportTo);
        certificates = List.copyOf(certificates);
    }

    public enum IngressControllerMode {
        UNSPECIFIED,
        OFF,
        DEFAULT,
        STRICT
    }

    public enum AccessLogEncoding {
        TEXT,
        JSON
    }

    public enum AuthPolicy {
        NONE,
        MUTUAL_TLS
    }

    public record OutboundTrafficPolicy(@Nullable Mode mode) {
        /// Unset is `ALLOW_ANY`.
        public enum Mode {
            REGISTRY_ONLY,
            ALLOW_ANY
        }
    }

    public record ConfigSource(
            @Required String address,
            @Nullable ClientTlsSettings tlsSettings,
            List<Resource> subscribedResources) {
        public ConfigSource {
            subscribedResources = List.copyOf(subscribedResources);
        }
    }

    public enum Resource {
        SERVICE_REGISTRY
    }

    public record Certificate(@Nullable String secretName, @Required List<String> dnsNames) {
        public Certificate {
            dnsNames = List.copyOf(dnsNames);
        }
    }
}
