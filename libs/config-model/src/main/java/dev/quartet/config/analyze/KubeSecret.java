package dev.quartet.config.analyze;

import dev.quartet.config.read.ClusterObject;
import java.util.Set;

/// @param keys the names of its keys
public record KubeSecret(ClusterObject object, Set<String> keys) {
    public KubeSecret {
        keys = Set.copyOf(keys);
    }
}
