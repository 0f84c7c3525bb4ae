package dev.quartet.config.analyze;

import dev.quartet.config.ResourceKey;
import dev.quartet.config.Spec;
import dev.quartet.config.read.ReadResource;

/// A resource whose kind is known.
record Of<S extends Spec>(ReadResource read, S spec) {
    ResourceKey key() {
        return read.resource().key();
    }

    String namespace() {
        return key().namespace();
    }

    /// `VirtualService shop/reviews (routes.yaml:3)`: for messages about another resource.
    String place() {
        return key() + " (" + read.position() + ")";
    }
}
