package dev.quartet.galley.kube;

import dev.quartet.config.Kind;
import dev.quartet.galley.source.ConfigFile;
import io.fabric8.kubernetes.api.model.ConfigMap;

/// The mesh config as Istio keeps it in a cluster: key `mesh` of the ConfigMap `istio`, the spec alone.
final class MeshConfigMap {
    static final String NAME = "istio";
    private static final String KEY = "mesh";

    private MeshConfigMap() {}

    /// Without the key: every setting is unset.
    ///
    /// @param place for people
    static ConfigFile read(ConfigMap map, String place) {
        var spec = map.getData() == null ? "" : map.getData().getOrDefault(KEY, "");
        var document = new StringBuilder();
        document.append("apiVersion: ").append(Kind.MESH_CONFIG.apiVersion());
        document.append("\nkind: ").append(Kind.MESH_CONFIG.label());
        document.append("\nmetadata: {name: ").append(map.getMetadata().getName());
        document.append(", namespace: ").append(map.getMetadata().getNamespace());
        document.append("}\nspec:\n");
        spec.lines().forEach(line -> document.append("  ").append(line).append('\n'));
        return ConfigFile.readObject("ConfigMap " + place, document.toString());
    }
}
