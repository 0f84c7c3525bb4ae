package dev.quartet.config.analyze;

import dev.quartet.config.read.ClusterObject;
import java.util.Map;

public record KubeNamespace(ClusterObject object) {
    public String name() {
        return object.subject().name();
    }

    Map<String, String> labels() {
        return object.labels();
    }

    /// Whose pods are nobody's to inject.
    boolean isSystem() {
        return name().startsWith("kube-");
    }
}
