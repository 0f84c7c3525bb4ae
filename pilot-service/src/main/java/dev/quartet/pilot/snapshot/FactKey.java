package dev.quartet.pilot.snapshot;

import dev.quartet.config.ResourceKey;

/// Names one fact of the mesh. What is made from facts remembers their keys, and is made again when one changes.
public sealed interface FactKey {
    /// The names of all services and of all hosts that have routes.
    record Hosts() implements FactKey {}

    record ServiceOf(String host) implements FactKey {}

    record WorkloadsOf(String host) implements FactKey {}

    /// The DestinationRules for a host.
    record RulesOf(String host) implements FactKey {}

    /// The VirtualService that routes a host inside the mesh.
    record RoutesOf(String host) implements FactKey {}

    record Gateways() implements FactKey {}

    /// The VirtualServices bound to one Gateway.
    record RoutesOfGateway(ResourceKey gateway) implements FactKey {}

    record Mesh() implements FactKey {}

    record PeerAuthentications(String namespace) implements FactKey {}

    record Policies() implements FactKey {}

    record WorkloadAt(String instance) implements FactKey {}

    /// The services that a workload is part of.
    record ServicesOfWorkload(String instance) implements FactKey {}

    /// Label keys that some route's `sourceLabels` ask for.
    record RoutingLabels() implements FactKey {}
}
