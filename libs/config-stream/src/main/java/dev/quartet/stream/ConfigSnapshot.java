package dev.quartet.stream;

import dev.quartet.config.Kind;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Spec;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// All resources of the kinds that a sink takes, exactly as Galley published them under one revision. Immutable.
///
/// @param revision Galley's id of the revision: a hash of the whole config
/// @param fromDisk read back from the last good state, not yet confirmed by Galley
public record ConfigSnapshot(
        String revision, SortedMap<ResourceKey, Resource<?>> resources, boolean fromDisk) {
    public ConfigSnapshot {
        resources = Collections.unmodifiableSortedMap(new TreeMap<>(resources));
    }

    public ConfigSnapshot(String revision, Map<ResourceKey, Resource<?>> resources) {
        this(revision, new TreeMap<>(resources), false);
    }

    /// The resources of one kind, ordered by namespace and name.
    public <S extends Spec> List<Resource<S>> of(Class<S> spec) {
        var kind = Kind.of(spec);
        return resources.tailMap(new ResourceKey(kind, "", "")).values().stream()
                .takeWhile(resource -> resource.key().kind() == kind)
                .map(resource -> resource.as(spec))
                .toList();
    }

    public <S extends Spec> Optional<Resource<S>> find(
            Class<S> spec, String namespace, String name) {
        return Optional.ofNullable(resources.get(new ResourceKey(Kind.of(spec), namespace, name)))
                .map(resource -> resource.as(spec));
    }
}
