package dev.quartet.pilot.node;

import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// One connected Envoy. Namespace and service account are proved by its certificate; the rest is what it says of
/// itself and is used for its own config only. Labels are no part of it: they come from the registry.
///
/// @param id Envoy's node id, `sidecar~10.0.0.7~reviews-v1-1.shop~shop.svc.cluster.local`
/// @param instance the instance's name with namespace, `reviews-v1-1.shop`
/// @param addresses the workload's own addresses, the first is the one others reach it by
/// @param group name of the WorkloadGroup in the proxy's namespace that it registers with
/// @param httpProxyPort port of the sidecar's HTTP proxy; null when traffic is captured
/// @param appEndpoints service port to `address:port` where the application really listens
/// @param http how it speaks HTTP with those that connect to it
/// @param place as it says itself; a registry may know better
/// @param metadata the texts in its node's metadata
public record Proxy(
        String id,
        Role role,
        String namespace,
        String serviceAccount,
        String instance,
        String workload,
        List<String> addresses,
        Interception interception,
        @Nullable String group,
        @Nullable Integer httpProxyPort,
        SortedMap<Integer, String> appEndpoints,
        HttpOptions http,
        Place place,
        String envoyVersion,
        SortedMap<String, String> metadata) {

    /// What the proxy serves, by the first part of its node id.
    public enum Role {
        SIDECAR,
        GATEWAY
    }

    /// How traffic comes to a sidecar: by iptables, or by addresses that it binds itself.
    public enum Interception {
        REDIRECT,
        NONE
    }

    public Proxy {
        addresses = List.copyOf(addresses);
        appEndpoints =
                java.util.Collections.unmodifiableSortedMap(new java.util.TreeMap<>(appEndpoints));
        metadata = java.util.Collections.unmodifiableSortedMap(new java.util.TreeMap<>(metadata));
    }

    public String address() {
        return addresses.getFirst();
    }
}
