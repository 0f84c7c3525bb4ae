package dev.quartet.pilot.translate;

import com.google.protobuf.util.Durations;
import dev.quartet.pilot.node.HttpOptions;
import io.envoyproxy.envoy.config.common.mutation_rules.v3.HeaderMutation;
import io.envoyproxy.envoy.config.core.v3.Http1ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheConfig;
import io.envoyproxy.envoy.extensions.filters.http.header_to_metadata.v3.Config;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ForwardClientCertDetails;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.SetCurrentClientCertDetails;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.Rds;
import java.util.List;

/// The HTTP connection managers of Quartet. Each kind says whom it trusts: a sidecar's outbound side its own
/// application, an inbound mTLS chain its verified peer, an inbound plaintext chain and a gateway nobody.
final class HttpConnections {
    static final String NETWORK_FILTER = "envoy.filters.network.http_connection_manager";

    /// What the parts of a mesh say to each other, as far as Envoy lets it pass from outside: of the headers that it obeys
    /// itself (`x-envoy-retry-on`, …) it takes off most.
    private static final List<String> OF_THE_MESH =
            List.of(
                    Names.PEER_HEADER,
                    "x-istio-attributes",
                    "x-envoy-attempt-count",
                    "x-envoy-auth-failure-mode-allowed",
                    "x-envoy-decorator-operation",
                    "x-envoy-downstream-service-cluster",
                    "x-envoy-downstream-service-node",
                    "x-envoy-external-address",
                    "x-envoy-is-timeout-retry",
                    "x-envoy-original-dst-host",
                    "x-envoy-original-host",
                    "x-envoy-original-path",
                    "x-envoy-peer-metadata",
                    "x-envoy-peer-metadata-id",
                    "x-envoy-upstream-service-time");

    private HttpConnections() {}

    /// @param lookups filters that look names up
    static Filter outbound(
            String statPrefix,
            String route,
            Observation observation,
            HttpOptions http,
            List<HttpFilter> lookups) {
        return filter(
                manager(statPrefix, route, observation, http)
                        .setUseRemoteAddress(Envoy.no())
                        .addAllHttpFilters(lookups)
                        .addHttpFilters(CorsPolicies.filter())
                        .addHttpFilters(Faults.filter())
                        .addHttpFilters(router()));
    }

    /// @param lookups filters that look names up
    /// @param policy filters that say who may pass
    static Filter gateway(
            String statPrefix,
            String route,
            Observation observation,
            HttpOptions http,
            List<HttpFilter> lookups,
            List<HttpFilter> policy) {
        var manager =
                onePath(manager(statPrefix, route, observation, http))
                        .setUseRemoteAddress(Envoy.yes())
                        .setForwardClientCertDetails(ForwardClientCertDetails.SANITIZE_SET)
                        .setSetCurrentClientCertDetails(
                                SetCurrentClientCertDetails.newBuilder()
                                        .setSubject(Envoy.yes())
                                        .setCert(true)
                                        .setUri(true)
                                        .setDns(true))
                        .addEarlyHeaderMutationExtensions(stripMeshHeaders())
                        .addAllHttpFilters(lookups)
                        .addHttpFilters(CorsPolicies.filter())
                        .addAllHttpFilters(policy)
                        .addHttpFilters(Faults.filter())
                        .addHttpFilters(router());
        return filter(manager);
    }

    /// @param host the service's, for HTTP/1.0, which need not say one
    /// @param policy filters that say who may pass
    /// @param verified the chain is mTLS, so that the peer header may say more about the certificate's owner
    static Filter inbound(
            String statPrefix,
            String route,
            Observation observation,
            HttpOptions http,
            String host,
            List<HttpFilter> policy,
            boolean verified) {
        var manager =
                onePath(manager(statPrefix, route, observation, http))
                        .setUseRemoteAddress(Envoy.no());
        if (http.http10()) {
            manager.getHttpProtocolOptionsBuilder().setDefaultHostForHttp10(host);
        }
        if (verified) {
            manager.setForwardClientCertDetails(ForwardClientCertDetails.SANITIZE_SET)
                    .setSetCurrentClientCertDetails(
                            SetCurrentClientCertDetails.newBuilder()
                                    .setSubject(Envoy.yes())
                                    .setUri(true)
                                    .setDns(true));
        } else {
            manager.setForwardClientCertDetails(ForwardClientCertDetails.SANITIZE)
                    .addEarlyHeaderMutationExtensions(stripMeshHeaders());
        }
        return filter(
                manager.addHttpFilters(peerHeaderToMetadata())
                        .addAllHttpFilters(policy)
                        .addHttpFilters(router()));
    }

    private static HttpConnectionManager.Builder manager(
            String statPrefix, String route, Observation observation, HttpOptions http) {
        var manager =
                HttpConnectionManager.newBuilder()
                        .setStatPrefix(statPrefix)
                        .setCodecType(HttpConnectionManager.CodecType.AUTO)
                        .setRds(
                                Rds.newBuilder()
                                        .setConfigSource(Envoy.ads())
                                        .setRouteConfigName(route))
                        .setNormalizePath(Envoy.yes())
                        .setStreamIdleTimeout(Durations.ZERO)
                        .setCommonHttpProtocolOptions(
                                HttpProtocolOptions.newBuilder()
                                        .setIdleTimeout(Envoy.duration(http.idleTimeout())))
                        .addUpgradeConfigs(
                                HttpConnectionManager.UpgradeConfig.newBuilder()
                                        .setUpgradeType("websocket"));
        if (http.http10()) {
            manager.setHttpProtocolOptions(Http1ProtocolOptions.newBuilder().setAcceptHttp10(true));
        }
        observation.tracing().ifPresent(manager::setTracing);
        manager.addAllAccessLog(observation.logs());
        return manager;
    }

    /// What decides over a path and what the application gets is one spelling of it.
    private static HttpConnectionManager.Builder onePath(HttpConnectionManager.Builder manager) {
        return manager.setMergeSlashes(true)
                .setPathWithEscapedSlashesAction(
                        HttpConnectionManager.PathWithEscapedSlashesAction.UNESCAPE_AND_FORWARD);
    }

    private static Filter filter(HttpConnectionManager.Builder manager) {
        return Filter.newBuilder()
                .setName(NETWORK_FILTER)
                .setTypedConfig(Envoy.any(manager.build()))
                .build();
    }

    private static HttpFilter router() {
        return HttpFilter.newBuilder()
                .setName("envoy.filters.http.router")
                .setTypedConfig(Envoy.any(Router.getDefaultInstance()))
                .build();
    }

    /// Who calls goes where Mixer and the access log see it, and the application doesn't.
    private static HttpFilter peerHeaderToMetadata() {
        var rule =
                Config.Rule.newBuilder()
                        .setHeader(Names.PEER_HEADER)
                        .setRemove(true)
                        .setOnHeaderPresent(
                                Config.KeyValuePair.newBuilder()
                                        .setMetadataNamespace("istio.attributes")
                                        .setKey("source")
                                        .setType(Config.ValueType.STRING));
        return HttpFilter.newBuilder()
                .setName("envoy.filters.http.header_to_metadata")
                .setTypedConfig(Envoy.any(Config.newBuilder().addRequestRules(rule).build()))
                .build();
    }

    /// Taken off before any filter looks: what a stranger says of itself, or in the mesh's name, is not believed.
    private static TypedExtensionConfig stripMeshHeaders() {
        var mutation =
                io.envoyproxy.envoy.extensions.http.early_header_mutation.header_mutation.v3
                        .HeaderMutation.newBuilder();
        OF_THE_MESH.forEach(
                header -> mutation.addMutations(HeaderMutation.newBuilder().setRemove(header)));
        return TypedExtensionConfig.newBuilder()
                .setName("envoy.http.early_header_mutation.header_mutation")
                .setTypedConfig(Envoy.any(mutation.build()))
                .build();
    }

    /// One cache for filter and cluster: Envoy wants both to name the same.
    static DnsCacheConfig dnsCache() {
        return DnsCacheConfig.newBuilder()
                .setName("outside")
                .setDnsLookupFamily(
                        io.envoyproxy.envoy.config.cluster.v3.Cluster.DnsLookupFamily.V4_PREFERRED)
                .build();
    }
}
