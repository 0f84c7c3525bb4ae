package dev.quartet.pilot.patch;

import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.util.Map;

/// Names of filters, as people write them and as Pilot does. Those of Envoy's API v2, which Istio 1.4's users know, are understood, and filters that
/// Istio had and Pilot makes of others; a filter of which Envoy gets the config apart is known by what it is, too.
final class FilterNames {
    private static final Map<String, String> TODAY =
            Map.ofEntries(
                    Map.entry(
                            "envoy.http_connection_manager",
                            "envoy.filters.network.http_connection_manager"),
                    Map.entry("envoy.tcp_proxy", "envoy.filters.network.tcp_proxy"),
                    Map.entry("envoy.mongo_proxy", "envoy.filters.network.mongo_proxy"),
                    Map.entry("envoy.redis_proxy", "envoy.filters.network.redis_proxy"),
                    Map.entry("envoy.client_ssl_auth", "envoy.filters.network.client_ssl_auth"),
                    Map.entry("envoy.router", "envoy.filters.http.router"),
                    Map.entry("envoy.cors", "envoy.filters.http.cors"),
                    Map.entry("envoy.fault", "envoy.filters.http.fault"),
                    Map.entry("envoy.lua", "envoy.filters.http.lua"),
                    Map.entry("envoy.buffer", "envoy.filters.http.buffer"),
                    Map.entry("envoy.gzip", "envoy.filters.http.gzip"),
                    Map.entry("envoy.ext_authz", "envoy.filters.http.ext_authz"),
                    Map.entry("envoy.rate_limit", "envoy.filters.http.ratelimit"),
                    Map.entry("envoy.grpc_web", "envoy.filters.http.grpc_web"),
                    Map.entry("envoy.health_check", "envoy.filters.http.health_check"),
                    Map.entry(
                            "envoy.listener.tls_inspector", "envoy.filters.listener.tls_inspector"),
                    Map.entry(
                            "envoy.listener.http_inspector",
                            "envoy.filters.listener.http_inspector"),
                    Map.entry("envoy.listener.original_dst", "envoy.filters.listener.original_dst"),
                    Map.entry("istio_authn", "envoy.filters.http.jwt_authn"),
                    Map.entry("jwt-auth", "envoy.filters.http.jwt_authn"),
                    Map.entry("mixer", "envoy.filters.http.ext_authz"));

    private static final Map<String, String> BY_TYPE =
            Map.of(
                    "envoy.extensions.filters.http.ext_authz.v3.ExtAuthz",
                    "envoy.filters.http.ext_authz",
                    "envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
                    "envoy.filters.http.jwt_authn",
                    "envoy.extensions.filters.http.rbac.v3.RBAC",
                    "envoy.filters.http.rbac");

    private FilterNames() {}

    static boolean isMeant(String written, String name) {
        return written.equals(name) || TODAY.getOrDefault(written, written).equals(name);
    }

    static boolean isMeant(String written, HttpFilter filter) {
        if (isMeant(written, filter.getName())) {
            return true;
        }
        return filter.getConfigDiscovery().getTypeUrlsList().stream()
                .map(url -> BY_TYPE.get(url.substring(url.lastIndexOf('/') + 1)))
                .anyMatch(name -> name != null && isMeant(written, name));
    }
}
