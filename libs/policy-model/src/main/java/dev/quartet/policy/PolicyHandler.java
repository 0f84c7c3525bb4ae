package dev.quartet.policy;

import dev.quartet.config.ResourceKey;

/// A configured adapter. Two with the same key and config are equal, so a running one can be kept.
public record PolicyHandler(ResourceKey key, AdapterConfig config) {
    public Adapter adapter() {
        return config.adapter();
    }

    /// `name.namespace`, as denials name it.
    public String fullName() {
        return key.name() + "." + key.namespace();
    }
}
