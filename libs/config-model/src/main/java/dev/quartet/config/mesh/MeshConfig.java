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
/// @param disableMixerHttpReports true: of requests nothing is reported, of connections it still is
/// @param sidecarToTelemetrySessionAffinity true: of several addresses of `mixerReportServer` a proxy uses one
/// @param policyCheckFailOpen what an unreachable Mixer means: true passes, false (default) answers 503
/// @param connectTimeout 10 s when unset
/// @param protocolDetectionTimeout how long a listener waits for a client's first bytes; 100 ms when unset
/// @param tcpKeepalive of connections to services, where a DestinationRule says nothing else
/// @param enableTracing whether proxies send spans, to where `defaultConfig.tracing` says
/// @param accessLogFile where proxies write a line for each request and connection, `/dev/stdout` for example; none when unset or empty
/// @param accessLogFormat what the line says: text with Envoy's command operators, or for JSON an object of such texts; a format of the
///     mesh's own when unset or empty
/// @param accessLogEncoding TEXT when unset
/// @param enableEnvoyAccessLogService whether proxies send their access logs by gRPC, to `defaultConfig.envoyAccessLogService`
/// @param ingressClass the class of Kubernetes Ingresses that are the mesh's; `istio` when unset
/// @param ingressService the Service in `istio-system` whose address Ingresses get; `istio-ingressgateway` when unset
/// @param ingressSelector the label `istio` of the gateways that serve Ingresses; `ingressgateway` when unset
/// @param ingressControllerMode which Ingresses are the mesh's: those that name its class (STRICT, and unset), those without a
///     class too (DEFAULT), none (OFF)
/// @param rootNamespace where resources hold for the whole mesh; `istio-system` when unset
/// @param defaultServiceExportTo who sees services that do not say it: `*` all namespaces, `.` their own, or names; all when empty
/// @param defaultVirtualServiceExportTo the same for VirtualServices
/// @param defaultDestinationRuleExportTo the same for DestinationRules
/// @param localityLbSetting where a DestinationRule has none; unset: near workloads first, where `outlierDetection` finds out bad ones
/// @param dnsRefreshRate how often a name is looked up whose answer does not say it; 5 s when unset
/// @param disableReportBatch true: every report is sent at once
/// @param h2UpgradePolicy UPGRADE: requests to the mesh's services go by HTTP/2 where a DestinationRule says nothing else
/// @param inboundClusterStatName the name of a served port in Envoy's statistics, of `%SERVICE%`, `%SERVICE_FQDN%`, `%SERVICE_PORT%` and
///     `%SERVICE_PORT_NAME%`; the cluster's name when unset or empty
/// @param outboundClusterStatName the same of a called service's port, and with `%SUBSET_NAME%`
/// @param reportBatchMaxEntries 100 when unset
/// @param reportBatchMaxTime 1 s when unset
public record MeshConfig(
        @Nullable String mixerCheckServer,
        @Nullable String mixerReportServer,
        @Nullable Boolean disablePolicyChecks,
        @Nullable Boolean disableMixerHttpReports,
        @Nullable Boolean policyCheckFailOpen,
        @Nullable Boolean sidecarToTelemetrySessionAffinity,
        @NotTranslated("take it out: pods send what they capture to 15001")
                @Nullable Integer proxyListenPort,
        @NotTranslated("take it out: where nothing captures, a proxy's bootstrap says it")
                @Nullable Integer proxyHttpPort,
        @Nullable Duration connectTimeout,
        @Nullable Duration protocolDetectionTimeout,
        ConnectionPoolSettings.@Nullable TcpKeepalive tcpKeepalive,
        @Nullable String ingressClass,
        @Nullable String ingressService,
        @Nullable String ingressSelector,
        @Nullable IngressControllerMode ingressControllerMode,
        @Nullable Boolean enableTracing,
        @Nullable String accessLogFile,
        @Nullable String accessLogFormat,
        @Nullable AccessLogEncoding accessLogEncoding,
        @Nullable Boolean enableEnvoyAccessLogService,
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
        List<String> trustDomainAliases,
        List<String> defaultServiceExportTo,
        List<String> defaultVirtualServiceExportTo,
        List<String> defaultDestinationRuleExportTo,
        @Nullable String rootNamespace,
        @Nullable LocalityLoadBalancerSettings localityLbSetting,
        @Nullable Duration dnsRefreshRate,
        @Nullable Boolean disableReportBatch,
        @Nullable Integer reportBatchMaxEntries,
        @Nullable Duration reportBatchMaxTime,
        ConnectionPoolSettings.@Nullable H2UpgradePolicy h2UpgradePolicy,
        @Nullable String inboundClusterStatName,
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
