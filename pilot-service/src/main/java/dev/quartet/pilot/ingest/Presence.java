package dev.quartet.pilot.ingest;

import dev.quartet.pilot.node.Place;
import dev.quartet.pilot.node.Proxy;

/// A workload that is there because its proxy is connected, or was a moment ago.
///
/// @param instance the instance's name with namespace, `reviews-v1-1.shop`
/// @param group the WorkloadGroup, in the same namespace, that says what the workload is
/// @param serviceAccount proved by the proxy's certificate; the group must ask for the same
/// @param place where the proxy says that it is
public record Presence(
        String instance,
        String namespace,
        String group,
        String workload,
        String address,
        String serviceAccount,
        Place place)
        implements Comparable<Presence> {

    static Presence of(Proxy proxy, String group) {
        return new Presence(
                proxy.instance(),
                proxy.namespace(),
                group,
                proxy.workload(),
                proxy.address(),
                proxy.serviceAccount(),
                proxy.place());
    }

    @Override
    public int compareTo(Presence other) {
        return instance.compareTo(other.instance);
    }
}
