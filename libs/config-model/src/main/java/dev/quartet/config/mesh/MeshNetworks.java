package dev.quartet.config.mesh;

import dev.quartet.config.Spec;
import dev.quartet.config.schema.OneOf;
import dev.quartet.config.schema.Required;
import dev.quartet.config.schema.SortedMaps;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Networks whose workloads reach each other through gateways only (Istio 1.4 `mesh/v1alpha1/network.proto`).
///
/// @param networks by name
public record MeshNetworks(Map<String, Network> networks) implements Spec {
    public MeshNetworks {
        networks = SortedMaps.copyOf(networks);
    }

    /// @param endpoints which workloads are in it
    /// @param gateways through which others reach them
    public record Network(
            @Required List<Endpoints> endpoints, @Required List<NetworkGateway> gateways) {
        public Network {
            endpoints = List.copyOf(endpoints);
            gateways = List.copyOf(gateways);
        }
    }

    /// @param fromCidr a subnet
    /// @param fromRegistry the name of a registry, all of whose workloads are in it
    public record Endpoints(
            @OneOf("endpoints") @Nullable String fromCidr,
            @OneOf("endpoints") @Nullable String fromRegistry) {}

    /// @param registryServiceName the gateway's service
    /// @param address its IP address
    /// @param locality `region/zone/subzone`
    public record NetworkGateway(
            @OneOf("gateway") @Nullable String registryServiceName,
            @OneOf("gateway") @Nullable String address,
            @Required Integer port,
            @Nullable String locality) {}
}
