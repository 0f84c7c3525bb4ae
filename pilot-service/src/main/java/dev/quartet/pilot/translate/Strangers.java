package dev.quartet.pilot.translate;

import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.rbac.v3.Permission;
import io.envoyproxy.envoy.config.rbac.v3.Policy;
import io.envoyproxy.envoy.config.rbac.v3.Principal;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;

/// Callers whose certificates the mesh has not signed, and whose CA may write any name into them.
final class Strangers {
    private Strangers() {}

    /// Closes connections of callers that name themselves as a workload of the mesh: what comes after it, Mixer and the application, believes the
    /// name in a verified certificate.
    ///
    /// @param port for the statistics, `stranger_9443.rbac.denied`
    static Filter notNamedAs(String trustDomain, int port) {
        var named =
                Principal.newBuilder()
                        .setAuthenticated(
                                Principal.Authenticated.newBuilder()
                                        .setPrincipalName(
                                                StringMatcher.newBuilder()
                                                        .setPrefix(
                                                                "spiffe://" + trustDomain + "/")));
        var rules =
                io.envoyproxy
                        .envoy
                        .config
                        .rbac
                        .v3
                        .RBAC
                        .newBuilder()
                        .setAction(io.envoyproxy.envoy.config.rbac.v3.RBAC.Action.DENY)
                        .putPolicies(
                                "named-as-of-the-mesh",
                                Policy.newBuilder()
                                        .addPermissions(Permission.newBuilder().setAny(true))
                                        .addPrincipals(named)
                                        .build());
        return Filter.newBuilder()
                .setName("envoy.filters.network.rbac")
                .setTypedConfig(
                        Envoy.any(
                                io.envoyproxy
                                        .envoy
                                        .extensions
                                        .filters
                                        .network
                                        .rbac
                                        .v3
                                        .RBAC
                                        .newBuilder()
                                        .setStatPrefix("stranger_" + port + ".")
                                        .setRules(rules)
                                        .build()))
                .build();
    }
}
