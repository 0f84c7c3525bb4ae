package dev.quartet.pilot.kube;

import dev.quartet.pilot.ingest.Registry;

/// What each cluster has for itself. A remote cluster's part would send a Pod's questions to another cluster's apiserver or
/// DNS, which do not know it.
final class ClusterLocal {
    private ClusterLocal() {}

    /// Without the apiserver's Service and all of `kube-system`.
    static Registry without(Registry registry) {
        return new Registry(
                registry.services().stream()
                        .filter(service ->
                                !service.namespace().equals("kube-system")
                                        && !(service.namespace().equals("default")
                                                && service.name().equals("kubernetes")))
                        .toList(),
                registry.workloads());
    }
}
