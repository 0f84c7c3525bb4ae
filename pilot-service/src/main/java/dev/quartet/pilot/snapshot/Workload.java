package dev.quartet.pilot.snapshot;

import dev.quartet.pilot.node.Place;
import java.util.SortedMap;

/// One running instance, wherever it was learnt from.
///
/// @param instance unique in the mesh: `reviews-v1-1.shop`
/// @param name what it is an instance of: `reviews-v1`
/// @param ports service port name, or `host/port name` where services differ, to the port on which it listens
/// @param weight its share among the workloads of a service
/// @param hasSidecar whether it answers mTLS
/// @param place with the network that the mesh puts it into
public record Workload(
        String instance,
        String name,
        String namespace,
        String address,
        SortedMap<String, Integer> ports,
        SortedMap<String, String> labels,
        String serviceAccount,
        int weight,
        boolean hasSidecar,
        Place place) {

    /// As it stands in a SPIFFE id behind the trust domain.
    public String account() {
        return account(namespace, serviceAccount);
    }

    static String account(String namespace, String serviceAccount) {
        return "ns/" + namespace + "/sa/" + serviceAccount;
    }

    boolean sharesAccount(Workload other) {
        return serviceAccount.equals(other.serviceAccount) && namespace.equals(other.namespace);
    }

    /// Where the workload listens for this port of a service.
    public int portFor(Service service, Service.Port port) {
        var own = ports.get(service.host() + "/" + port.name());
        if (own == null) {
            own = ports.get(port.name());
        }
        return own == null ? port.targetPort() : own;
    }
}
