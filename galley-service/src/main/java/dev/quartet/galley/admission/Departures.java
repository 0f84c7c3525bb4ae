package dev.quartet.galley.admission;

import dev.quartet.config.ResourceKey;

/// What is on its way out of the cluster. Thread-safe.
public interface Departures {
    /// Nothing is known to be.
    Departures UNKNOWN =
            new Departures() {
                @Override
                public boolean isLeaving(ResourceKey resource) {
                    return false;
                }

                @Override
                public boolean isGone(ResourceKey resource) {
                    return false;
                }

                @Override
                public boolean isTerminating(String namespace) {
                    return false;
                }
            };

    /// Whether the object is marked for deletion, and only waits for its finalizers. Reads memory only.
    boolean isLeaving(ResourceKey resource);

    /// Whether the object is deleted, or marked for it, and that has not come here yet: asks the apiserver. False when that has
    /// no answer.
    boolean isGone(ResourceKey resource);

    /// Whether the namespace is being deleted with all that it has. May ask the apiserver; false when that has no answer.
    boolean isTerminating(String namespace);
}
