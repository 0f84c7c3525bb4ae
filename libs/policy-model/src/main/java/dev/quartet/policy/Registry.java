package dev.quartet.policy;

import dev.quartet.config.ResourceKey;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The instances and handlers that are built so far, and those that are there but broken. A broken resource keeps what
/// is known of its variety, for what would have been a check does not fall out. Not thread-safe.
final class Registry {
    private final TreeMap<ResourceKey, PolicyInstance> instances = new TreeMap<>();
    private final TreeMap<ResourceKey, PolicyHandler> handlers = new TreeMap<>();
    private final Map<ResourceKey, Broken> broken = new HashMap<>();
    private final Map<ResourceKey, Set<ResourceKey>> fed = new HashMap<>();

    /// @param variety null when nothing tells what it would have been
    private record Broken(@Nullable Variety variety) {}

    /// What a reference leads to.
    sealed interface Found<T> {
        record Good<T>(T value) implements Found<T> {}

        /// @param exists whether the resource is there, and broken
        record Bad<T>(boolean exists, @Nullable Variety variety) implements Found<T> {}
    }

    void add(PolicyInstance instance) {
        instances.put(instance.key(), instance);
    }

    void add(PolicyHandler handler) {
        handlers.put(handler.key(), handler);
    }

    void addBroken(ResourceKey key, @Nullable Variety variety) {
        broken.put(key, new Broken(variety));
    }

    SortedMap<ResourceKey, PolicyInstance> instances() {
        return instances;
    }

    SortedMap<ResourceKey, PolicyHandler> handlers() {
        return handlers;
    }

    Found<PolicyInstance> instance(ResourceKey key) {
        return find(instances, key);
    }

    Found<PolicyHandler> handler(ResourceKey key) {
        return find(handlers, key);
    }

    private <T> Found<T> find(Map<ResourceKey, T> good, ResourceKey key) {
        var value = good.get(key);
        if (value != null) {
            return new Found.Good<>(value);
        }
        var bad = broken.get(key);
        return new Found.Bad<>(bad != null, bad == null ? null : bad.variety());
    }

    /// Whether the handler can do something with the instance.
    boolean takes(PolicyHandler handler, PolicyInstance instance) {
        return switch (handler.config()) {
            case Denier _ -> handler.adapter().takes(instance.template());
            case Prometheus(var metrics, _) ->
                    fed.computeIfAbsent(
                                    handler.key(),
                                    _ ->
                                            metrics.stream()
                                                    .map(Prometheus.Metric::instance)
                                                    .collect(Collectors.toSet()))
                            .contains(instance.key());
        };
    }
}
