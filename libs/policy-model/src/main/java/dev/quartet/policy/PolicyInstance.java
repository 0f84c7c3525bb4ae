package dev.quartet.policy;

import dev.quartet.config.ResourceKey;

/// An instance that is ready to be made for a request.
public record PolicyInstance(ResourceKey key, InstanceFields fields) {
    public Template template() {
        return fields.template();
    }
}
