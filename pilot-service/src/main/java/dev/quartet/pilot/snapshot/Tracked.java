package dev.quartet.pilot.snapshot;

import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A view that remembers which facts it was asked for. For one thread.
public final class Tracked extends Facts {
    private final MeshSnapshot snapshot;
    private final Set<FactKey> asked = new HashSet<>();

    public Tracked(MeshSnapshot snapshot) {
        this.snapshot = snapshot;
    }

    @Override
    protected @Nullable Object fact(FactKey key) {
        asked.add(key);
        return snapshot.fact(key);
    }

    /// What a result was made from, when it came out of a cache and was not asked for here.
    public void alsoAsked(Set<FactKey> keys) {
        asked.addAll(keys);
    }

    public Set<FactKey> asked() {
        return Collections.unmodifiableSet(asked);
    }
}
