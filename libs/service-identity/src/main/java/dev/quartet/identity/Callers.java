package dev.quartet.identity;

import java.util.Set;

/// A set of callers in an [AccessList].
public sealed interface Callers {

    /// These identities and no other.
    record Only(Set<SpiffeId> ids) implements Callers {
        public Only {
            ids = Set.copyOf(ids);
        }
    }

    /// Everyone whose certificate is of this trust domain: all proxies and services of the mesh.
    record TrustDomain(String name) implements Callers {}

    default boolean contains(SpiffeId caller) {
        return switch (this) {
            case Only(var ids) -> ids.contains(caller);
            case TrustDomain(var name) -> caller.trustDomain().equals(name);
        };
    }
}
