package dev.quartet.config.analyze;

import dev.quartet.config.FieldPath;
import dev.quartet.config.read.ClusterObject;
import dev.quartet.config.schema.SortedMaps;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A pod, or what makes pods (a Deployment, a Job, …).
///
/// @param template where the pod stands in the object: empty for a pod itself
/// @param labels of the pods
/// @param annotations of the pods
/// @param running whether it is a pod that a cluster has made, sidecar and all
public record KubeWorkload(
        ClusterObject object,
        FieldPath template,
        Map<String, String> labels,
        Map<String, String> annotations,
        List<Container> containers,
        boolean hostNetwork,
        boolean running) {
    private static final String PROXY = "istio-proxy";

    public KubeWorkload {
        labels = SortedMaps.copyOf(labels);
        annotations = SortedMaps.copyOf(annotations);
        containers = List.copyOf(containers);
    }

    /// @param user the number as which it runs, null when the image says it
    public record Container(
            FieldPath path, String name, String image, List<Port> ports, @Nullable Long user) {
        public Container {
            ports = List.copyOf(ports);
        }

        boolean isProxy() {
            return name.equals(PROXY);
        }

        /// Whether it ends before the others begin.
        boolean isInit() {
            return path.text().contains("spec.initContainers[");
        }
    }

    /// @param transport TCP, UDP or SCTP
    public record Port(String name, int number, String transport) {}

    public String namespace() {
        return object.subject().namespace();
    }

    boolean hasProxy() {
        return containers.stream().anyMatch(Container::isProxy);
    }

    FieldPath annotation(String name) {
        return template.field("metadata").field("annotations").key(name);
    }
}
