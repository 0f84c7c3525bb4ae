package dev.quartet.pilot.snapshot;

import dev.quartet.config.ResourceKey;
import dev.quartet.config.networking.Protocol;
import java.util.List;
import java.util.Optional;

/// A service: a name and its ports. Where its workloads are is a fact of its own.
///
/// @param name the service's short name: the first label of a cluster name, else the whole host
/// @param inMesh false for a service outside the mesh: no mTLS, no peer header
/// @param failOpen what an unreachable Mixer means for this service; empty: as the mesh says
/// @param origin the ServiceEntry that defines it; empty: the registry does
public record Service(
        String host,
        String namespace,
        String name,
        List<Port> ports,
        boolean inMesh,
        Optional<Boolean> failOpen,
        Optional<ResourceKey> origin) {

    /// @param targetPort where workloads listen that don't say otherwise
    public record Port(int number, String name, Protocol protocol, int targetPort) {}

    public Service {
        ports = List.copyOf(ports);
    }

    public Optional<Port> port(int number) {
        return ports.stream().filter(port -> port.number() == number).findFirst();
    }
}
