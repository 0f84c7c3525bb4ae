package dev.quartet.config.networking;

import dev.quartet.config.FieldPath;
import dev.quartet.config.check.Problems;
import dev.quartet.config.check.Values;
import java.util.Set;

/// When an EnvoyFilter is right by itself. After Istio 1.4, `validation.go` `ValidateEnvoyFilter`. What Envoy itself makes of a
/// patch, Pilot tells.
public final class EnvoyFilterRules {
    private static final Set<String> CONNECTION_MANAGER =
            Set.of(
                    "envoy.filters.network.http_connection_manager",
                    "envoy.http_connection_manager");

    private EnvoyFilterRules() {}

    public static void check(EnvoyFilter spec, Problems problems) {
        var root = FieldPath.SPEC;
        Values.selector(problems, root.field("workloadSelector"), spec.workloadSelector());
        for (int i = 0; i < spec.configPatches().size(); i++) {
            patch(spec.configPatches().get(i), root.field("configPatches").index(i), problems);
        }
    }

    private static void patch(
            EnvoyFilter.ConfigPatch configPatch, FieldPath path, Problems problems) {
        var patch = configPatch.patch();
        if (patch.operation() != EnvoyFilter.Operation.REMOVE && patch.value() == null) {
            problems.missing(
                    path.field("patch").field("value"),
                    patch.operation() + " needs a value",
                    "add Envoy's config");
        }
        var match = configPatch.match();
        if (match == null) {
            return;
        }
        var inner = path.field("match");
        if (match.proxy() != null && match.proxy().proxyVersion() != null) {
            Values.regex(
                    problems,
                    inner.field("proxy").field("proxyVersion"),
                    match.proxy().proxyVersion());
        }
        switch (configPatch.applyTo()) {
            case LISTENER, FILTER_CHAIN, NETWORK_FILTER, HTTP_FILTER, LISTENER_FILTER -> {
                if (match.routeConfiguration() != null || match.cluster() != null) {
                    other(configPatch, inner, "listener", problems);
                }
                if (match.listener() != null && match.listener().filterChain() != null) {
                    filterChain(
                            configPatch.applyTo(),
                            match.listener().filterChain(),
                            inner.field("listener").field("filterChain"),
                            problems);
                }
            }
            case ROUTE_CONFIGURATION, VIRTUAL_HOST, HTTP_ROUTE -> {
                if (match.listener() != null || match.cluster() != null) {
                    other(configPatch, inner, "routeConfiguration", problems);
                }
            }
            case CLUSTER -> {
                if (match.listener() != null || match.routeConfiguration() != null) {
                    other(configPatch, inner, "cluster", problems);
                }
            }
            case EXTENSION_CONFIG, BOOTSTRAP -> {
                if (match.listener() != null
                        || match.routeConfiguration() != null
                        || match.cluster() != null) {
                    problems.conflict(
                            inner,
                            configPatch.applyTo() + " belongs to no listener, route or cluster",
                            "take that match out");
                }
            }
        }
    }

    private static void other(
            EnvoyFilter.ConfigPatch patch, FieldPath path, String wanted, Problems problems) {
        problems.conflict(
                path,
                patch.applyTo() + " is matched by " + wanted + " only",
                "write match." + wanted);
    }

    private static void filterChain(
            EnvoyFilter.ApplyTo applyTo,
            EnvoyFilter.FilterChainMatch chain,
            FieldPath path,
            Problems problems) {
        var filter = chain.filter();
        if (filter == null) {
            return;
        }
        var inner = path.field("filter");
        if (filter.name() == null || filter.name().isEmpty()) {
            problems.missing(inner.field("name"), "the filter has no name", "add its name");
            return;
        }
        var sub = filter.subFilter();
        if (sub == null) {
            return;
        }
        if (applyTo != EnvoyFilter.ApplyTo.HTTP_FILTER) {
            problems.conflict(
                    inner.field("subFilter"),
                    "only an HTTP_FILTER is matched by subFilter",
                    "write applyTo: HTTP_FILTER, or take subFilter out");
        } else if (!CONNECTION_MANAGER.contains(filter.name())) {
            problems.invalid(
                    inner.field("name"),
                    "HTTP filters are in the HTTP connection manager only",
                    "write envoy.filters.network.http_connection_manager");
        }
        if (sub.name() == null || sub.name().isEmpty()) {
            problems.missing(
                    inner.field("subFilter").field("name"),
                    "the filter has no name",
                    "add its name");
        }
    }
}
