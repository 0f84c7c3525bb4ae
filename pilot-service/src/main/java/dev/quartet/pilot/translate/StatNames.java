package dev.quartet.pilot.translate;

import dev.quartet.pilot.snapshot.Service;

/// How Envoy's statistics name a cluster, by a pattern of the mesh config.
/// After Istio 1.4, `pilot/pkg/networking/core/v1alpha3/cluster.go` `altStatName`.
final class StatNames {
    private StatNames() {}

    /// @param subset empty: of all workloads, or of a port that is served
    static String of(String pattern, Service service, Service.Port port, String subset) {
        return pattern.replace("%SERVICE%", shortName(service))
                .replace("%SERVICE_FQDN%", service.host())
                .replace("%SERVICE_PORT%", Integer.toString(port.number()))
                .replace("%SERVICE_PORT_NAME%", port.name())
                .replace("%SUBSET_NAME%", subset);
    }

    /// `reviews.shop`, or the host where that is no name of a namespace.
    private static String shortName(Service service) {
        var name = service.name() + "." + service.namespace();
        return service.host().startsWith(name + ".") ? name : service.host();
    }
}
