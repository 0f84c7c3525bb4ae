package dev.quartet.pilot.snapshot;

import dev.quartet.config.ResourceKey;

/// Names one fact of the mesh. What is made from facts remembers them, and is made again when one changes.
public sealed interface FactKey {
    /// Facts that are made from the same inputs.
    enum Group {
        SETTINGS,
        POLICIES,
        SERVICES,
        WORKLOADS,
        ROUTES,
        RULES,
        PLACES,
        GATEWAYS,
        SIDECARS,
        PATCHES,
        AUTHENTICATION,
        ISSUERS,
        AUTHORIZATION
    }

    default Group group() {
        return switch (this) {
            case Mesh _, AccessLogs _, Tracing _, Defaults _ -> Group.SETTINGS;
            case Policies _ -> Group.POLICIES;
            case Services _, ServiceAt _, DynamicHosts _ -> Group.SERVICES;
            case WorkloadAt _,
                    WorkloadsOf _,
                    AccountsOf _,
                    ServicesOfWorkload _,
                    HomeOf _,
                    Located _ ->
                    Group.WORKLOADS;
            case Routes _, RoutesAt _, DelegateAt _, RoutesOfGateway _, RoutingLabels _ ->
                    Group.ROUTES;
            case RulesOf _, SelectingRules _, RuleWildcards _, PriorityLabels _ -> Group.RULES;
            case Placed _ -> Group.PLACES;
            case Gateways _ -> Group.GATEWAYS;
            case Sidecars _ -> Group.SIDECARS;
            case EnvoyFilters _, PatchesLeftOut _ -> Group.PATCHES;
            case PeerAuthentications _,
                    RequestAuthentications _,
                    AuthenticationPolicies _,
                    MeshAuthentication _ ->
                    Group.AUTHENTICATION;
            case IssuerAt _ -> Group.ISSUERS;
            case AccessPolicies _ -> Group.AUTHORIZATION;
        };
    }

    /// Which services there are, and who sees them: a [ServiceIndex].
    record Services() implements FactKey {}

    record ServiceAt(String host, String namespace) implements FactKey {}

    record WorkloadsOf(String host, String namespace) implements FactKey {}

    /// The service accounts of a service's workloads, `ns/shop/sa/reviews`: apart from these, because they seldom change with them.
    record AccountsOf(String host, String namespace) implements FactKey {}

    /// The DestinationRules that name exactly this host, or this wildcard.
    record RulesOf(String host) implements FactKey {}

    /// The DestinationRules of a namespace that select their callers.
    record SelectingRules(String namespace) implements FactKey {}

    /// The wildcards that DestinationRules name.
    record RuleWildcards() implements FactKey {}

    /// Which VirtualServices route hosts inside the mesh, and who sees them: a [RouteIndex].
    record Routes() implements FactKey {}

    record RoutesAt(ResourceKey virtualService) implements FactKey {}

    /// A VirtualService without hosts: a [DelegateRoutes].
    record DelegateAt(ResourceKey virtualService) implements FactKey {}

    record Sidecars(String namespace) implements FactKey {}

    record Gateways() implements FactKey {}

    /// Patches that proxies refuse, a set of [PatchId]s.
    record PatchesLeftOut() implements FactKey {}

    /// The EnvoyFilters of a namespace.
    record EnvoyFilters(String namespace) implements FactKey {}

    /// The VirtualServices bound to one Gateway.
    record RoutesOfGateway(ResourceKey gateway) implements FactKey {}

    record Mesh() implements FactKey {}

    /// A [Placement].
    record Placed() implements FactKey {}

    /// Whether the region of any service's workload is known.
    record Located() implements FactKey {}

    /// Keys of the labels that some `failoverPriority` compares.
    record PriorityLabels() implements FactKey {}

    /// Of the mesh config too, but apart from the rest: a change of them is none of the services.
    record AccessLogs() implements FactKey {}

    /// There while tracing is on.
    record Tracing() implements FactKey {}

    record Defaults() implements FactKey {}

    /// Hosts of ServiceEntries whose names are looked up by the request.
    record DynamicHosts() implements FactKey {}

    record PeerAuthentications(String namespace) implements FactKey {}

    record RequestAuthentications(String namespace) implements FactKey {}

    /// Where a host is that has an issuer's keys: an [IssuerServer].
    record IssuerAt(String host) implements FactKey {}

    /// The Policies of a namespace.
    record AuthenticationPolicies(String namespace) implements FactKey {}

    /// The MeshPolicy.
    record MeshAuthentication() implements FactKey {}

    /// The AuthorizationPolicies of a namespace.
    record AccessPolicies(String namespace) implements FactKey {}

    record Policies() implements FactKey {}

    record WorkloadAt(String instance) implements FactKey {}

    /// The registry that knows a workload, where some services have addresses of their own in it.
    record HomeOf(String instance) implements FactKey {}

    /// The services that a workload is part of.
    record ServicesOfWorkload(String instance) implements FactKey {}

    /// Label keys that some route's `sourceLabels` ask for.
    record RoutingLabels() implements FactKey {}
}
