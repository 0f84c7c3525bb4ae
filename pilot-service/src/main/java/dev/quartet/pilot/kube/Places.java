package dev.quartet.pilot.kube;

import dev.quartet.pilot.node.Place;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Map;

/// Where objects of Kubernetes are, by their labels: Kubernetes' well-known ones, and Istio's own where it has none.
final class Places {
    private static final List<String> REGION =
            List.of("topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region");
    private static final List<String> ZONE =
            List.of("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone");
    private static final List<String> SUBZONE = List.of("topology.istio.io/subzone");
    private static final List<String> NETWORK = List.of("topology.istio.io/network");

    /// Istio 1.4's, as a label cannot hold a slash: `region.zone.subzone`.
    private static final String LOCALITY = "istio-locality";

    private Places() {}

    static Place of(Node node) {
        var region = label(node, REGION);
        return region.isEmpty()
                ? Place.UNKNOWN
                : new Place(region, label(node, ZONE), label(node, SUBZONE), "");
    }

    /// @param node where its node is
    static Place of(Pod pod, Place node) {
        var own = label(pod, List.of(LOCALITY)).replace('.', '/');
        return (own.isEmpty() ? node : Place.of(own, "")).in(label(pod, NETWORK));
    }

    private static String label(HasMetadata object, List<String> keys) {
        Map<String, String> labels = object.getMetadata().getLabels();
        return labels == null
                ? ""
                : keys.stream()
                        .map(labels::get)
                        .filter(value -> value != null && !value.isBlank())
                        .findFirst()
                        .orElse("");
    }
}
