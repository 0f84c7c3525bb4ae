package dev.quartet.mixer.attributes;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is known, and believed, of one side of a request. Null or empty where it is not known.
///
/// @param uid `<instance>.<namespace>`
record Workload(
        @Nullable String name,
        @Nullable String namespace,
        @Nullable String serviceAccount,
        @Nullable String uid,
        Map<String, String> labels) {
    static final Workload UNKNOWN = new Workload(null, null, null, null, Map.of());

    Workload {
        labels = Map.copyOf(labels);
    }

    /// The attribute `<side>.<rest>`, of those that describe a workload.
    @Nullable Object attribute(String rest) {
        return switch (rest) {
            case "workload.name" -> name;
            case "workload.namespace", "namespace" -> namespace;
            case "workload.uid" ->
                    name == null || namespace == null
                            ? null
                            : "istio://" + namespace + "/workloads/" + name;
            case "serviceAccount" -> serviceAccount;
            case "uid" -> uid == null ? null : "kubernetes://" + uid;
            case "name" ->
                    uid == null || namespace == null || !uid.endsWith("." + namespace)
                            ? null
                            : uid.substring(0, uid.length() - namespace.length() - 1);
            case "labels" -> labels.isEmpty() ? null : labels;
            default -> null;
        };
    }
}
