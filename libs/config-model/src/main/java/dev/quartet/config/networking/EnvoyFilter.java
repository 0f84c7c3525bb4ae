package dev.quartet.config.networking;

import dev.quartet.config.Spec;
import dev.quartet.config.Tree;
import dev.quartet.config.schema.NotTranslated;
import dev.quartet.config.schema.OneOf;
import dev.quartet.config.schema.Required;
import dev.quartet.config.schema.SortedMaps;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Changes to the config that Envoys get, in Envoy's own words (Istio 1.4 `networking/v1alpha3/envoy_filter.proto`). Those of the
/// mesh's root namespace come first.
///
/// @param priority a lower one comes first
public record EnvoyFilter(
        @Nullable WorkloadSelector workloadSelector,
        List<ConfigPatch> configPatches,
        @Nullable Integer priority)
        implements Spec {
    public EnvoyFilter {
        configPatches = List.copyOf(configPatches);
    }

    public record ConfigPatch(
            @Required ApplyTo applyTo, @Nullable ObjectMatch match, @Required Patch patch) {}

    public enum ApplyTo {
        LISTENER,
        FILTER_CHAIN,
        NETWORK_FILTER,
        HTTP_FILTER,
        ROUTE_CONFIGURATION,
        VIRTUAL_HOST,
        HTTP_ROUTE,
        CLUSTER,
        EXTENSION_CONFIG,
        @NotTranslated("a bootstrap is made before Pilot is asked: change the proxy's own")
        BOOTSTRAP,
        LISTENER_FILTER
    }

    /// @param context `ANY` when left out
    public record ObjectMatch(
            @Nullable PatchContext context,
            @Nullable ProxyMatch proxy,
            @OneOf("object") @Nullable ListenerMatch listener,
            @OneOf("object") @Nullable RouteConfigurationMatch routeConfiguration,
            @OneOf("object") @Nullable ClusterMatch cluster) {}

    public enum PatchContext {
        ANY,
        SIDECAR_INBOUND,
        SIDECAR_OUTBOUND,
        GATEWAY
    }

    /// @param proxyVersion RE2 syntax, found anywhere in Envoy's version
    /// @param metadata of the proxy's node; all must be equal
    public record ProxyMatch(@Nullable String proxyVersion, Map<String, String> metadata) {
        public ProxyMatch {
            metadata = SortedMaps.copyOf(metadata);
        }
    }

    /// @param portNumber of the listener; where traffic is captured on the way in, the workload's port
    public record ListenerMatch(
            @Nullable Integer portNumber,
            @NotTranslated("match portNumber or name instead") @Nullable String portName,
            @Nullable FilterChainMatch filterChain,
            @Nullable String listenerFilter,
            @Nullable String name) {}

    /// @param applicationProtocols separated by commas
    public record FilterChainMatch(
            @Nullable String name,
            @Nullable String sni,
            @Nullable String transportProtocol,
            @Nullable String applicationProtocols,
            @Nullable FilterMatch filter,
            @Nullable Integer destinationPort) {}

    public record FilterMatch(@Nullable String name, @Nullable SubFilterMatch subFilter) {}

    public record SubFilterMatch(@Nullable String name) {}

    /// @param portName of a gateway's server that ends TLS
    /// @param gateway `namespace/name` of one
    public record RouteConfigurationMatch(
            @Nullable Integer portNumber,
            @Nullable String portName,
            @Nullable String gateway,
            @Nullable VirtualHostMatch vhost,
            @Nullable String name) {}

    public record VirtualHostMatch(
            @Nullable String name, @Nullable RouteMatch route, @Nullable String domainName) {}

    public record RouteMatch(@Nullable String name, @Nullable RouteAction action) {}

    public enum RouteAction {
        ANY,
        ROUTE,
        REDIRECT,
        DIRECT_RESPONSE
    }

    /// @param service its full name
    public record ClusterMatch(
            @Nullable Integer portNumber,
            @Nullable String service,
            @Nullable String subset,
            @Nullable String name) {}

    /// `MERGE` appends to lists; a filter that is added comes before the last of its chain, which ends it.
    ///
    /// @param value Envoy's config v3, as JSON of its protobuf message
    public record Patch(
            @Required Operation operation,
            @Nullable Tree value,
            @NotTranslated("write INSERT_BEFORE and the filter that it comes before")
                    @Nullable FilterClass filterClass) {}

    public enum Operation {
        MERGE,
        ADD,
        REMOVE,
        INSERT_BEFORE,
        INSERT_AFTER,
        INSERT_FIRST,
        REPLACE
    }

    public enum FilterClass {
        UNSPECIFIED,
        AUTHN,
        AUTHZ,
        STATS
    }
}
