package dev.quartet.pilot.snapshot;

import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// A view that tells which facts it was asked for, and what it answered. For one thread.
public final class Tracked extends Facts {
    private final MeshSnapshot snapshot;
    private final BiConsumer<FactKey, @Nullable Object> asked;

    public Tracked(MeshSnapshot snapshot, BiConsumer<FactKey, @Nullable Object> asked) {
        this.snapshot = snapshot;
        this.asked = asked;
    }

    @Override
    protected @Nullable Object fact(FactKey key) {
        var value = snapshot.fact(key);
        asked.accept(key, value);
        return value;
    }
}
