package dev.quartet.galley.kube;

import dev.quartet.config.Kind;
import dev.quartet.galley.source.ConfigFile;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.util.Map;

/// The mesh's settings as Istio keeps them in a cluster: keys of the ConfigMap `istio`, each the spec alone. `mesh` is the
/// MeshConfig, `meshNetworks` the MeshNetworks.
final class MeshConfigMap {
    static final String NAME = "istio";
    private static final String MESH = "mesh";
    private static final String NETWORKS = "meshNetworks";

    private MeshConfigMap() {}

    /// Without the key `mesh` every setting is unset, without `meshNetworks` there are none.
    ///
    /// @param place for people
    static ConfigFile read(ConfigMap map, String place) {
        Map<String, String> data = map.getData() == null ? Map.of() : map.getData();
        var documents = document(Kind.MESH_CONFIG, map, data.getOrDefault(MESH, ""));
        var networks = data.getOrDefault(NETWORKS, "");
        if (!networks.isBlank()) {
            documents += "---\n" + document(Kind.MESH_NETWORKS, map, networks);
        }
        return ConfigFile.readObject("ConfigMap " + place, documents);
    }

    private static String document(Kind kind, ConfigMap map, String spec) {
        var document = new StringBuilder();
        document.append("apiVersion: ").append(kind.apiVersion());
        document.append("\nkind: ").append(kind.label());
        document.append("\nmetadata: {name: ").append(map.getMetadata().getName());
        document.append(", namespace: ").append(map.getMetadata().getNamespace());
        document.append("}\nspec:\n");
        spec.lines().forEach(line -> document.append("  ").append(line).append('\n'));
        return document.toString();
    }
}
