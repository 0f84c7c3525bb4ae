package dev.quartet.config.analyze;

import dev.quartet.config.networking.Hosts;
import dev.quartet.config.read.ClusterObject;
import dev.quartet.config.schema.SortedMaps;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A Service of Kubernetes.
///
/// @param selector empty when it selects no pods
/// @param alias whether it is an `ExternalName`: an alias in DNS, without workloads
public record KubeService(
        ClusterObject object, Map<String, String> selector, List<Port> ports, boolean alias) {
    public KubeService {
        selector = SortedMaps.copyOf(selector);
        ports = List.copyOf(ports);
    }

    /// @param transport TCP, UDP or SCTP
    /// @param target the port of the workload, a number or the name of a container's port
    public record Port(
            String name,
            int number,
            String transport,
            String target,
            @Nullable String appProtocol) {
        boolean isTcp() {
            return transport.equals("TCP");
        }
    }

    public String host() {
        return Hosts.resolve(object.subject().name(), object.subject().namespace());
    }
}
