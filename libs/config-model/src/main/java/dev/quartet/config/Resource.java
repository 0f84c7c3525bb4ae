package dev.quartet.config;

import java.util.SortedMap;
import java.util.TreeMap;

/// One resource as the mesh works with it: its name, labels, annotations and its typed spec.
/// Immutable; where each field stood in a file is kept apart, in [dev.quartet.config.read.ReadResource].
///
/// @param version content hash of spec, labels and annotations: same content, same version
public record Resource<S extends Spec>(
        ResourceKey key,
        SortedMap<String, String> labels,
        SortedMap<String, String> annotations,
        S spec,
        String version) {

    public Resource {
        labels = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(labels));
        annotations = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(annotations));
    }

    public String name() {
        return key.name();
    }

    public String namespace() {
        return key.namespace();
    }

    /// @throws ClassCastException when the spec is of another kind
    @SuppressWarnings("unchecked")
    public <T extends Spec> Resource<T> as(Class<T> type) {
        if (!type.isInstance(spec)) {
            throw new ClassCastException(key + " is no " + type.getSimpleName());
        }
        return (Resource<T>) this;
    }
}
