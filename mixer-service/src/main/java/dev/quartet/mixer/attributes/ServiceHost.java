package dev.quartet.mixer.attributes;

import org.jspecify.annotations.Nullable;

/// A destination service, read from its host or from the name of one of Pilot's clusters.
///
/// @param namespace null for a host outside the mesh's own naming
record ServiceHost(String host, String name, @Nullable String namespace) {

    /// `outbound|9080|v1|reviews.shop.svc.cluster.local` and `inbound|9080|http|…`; null for any other cluster
    /// (`PassthroughCluster`, `BlackHoleCluster`).
    static @Nullable ServiceHost ofCluster(String cluster) {
        int last = cluster.lastIndexOf('|');
        boolean pilots = cluster.startsWith("outbound|") || cluster.startsWith("inbound|");
        return !pilots || last == cluster.length() - 1 ? null : ofHost(cluster.substring(last + 1));
    }

    static ServiceHost ofHost(String host) {
        int first = host.indexOf('.');
        int second = host.indexOf('.', first + 1);
        if (first > 0
                && second > first + 1
                && (host.startsWith("svc.", second + 1) || host.endsWith(".svc"))) {
            return new ServiceHost(
                    host, host.substring(0, first), host.substring(first + 1, second));
        }
        return new ServiceHost(host, host, null);
    }

    /// The attribute `destination.service.<rest>`.
    @Nullable String attribute(String rest) {
        return switch (rest) {
            case "host" -> host;
            case "name" -> name;
            case "namespace" -> namespace;
            case "uid" -> namespace == null ? null : "istio://" + namespace + "/services/" + name;
            default -> null;
        };
    }
}
