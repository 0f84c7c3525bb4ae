package dev.quartet.pilot.snapshot;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One config revision and the workloads of one moment, as facts by key. Immutable.
public final class MeshSnapshot extends Facts {
    private final String revision;
    private final Map<FactKey, Object> facts;
    private final int virtualServices;

    MeshSnapshot(String revision, Map<FactKey, Object> facts, int virtualServices) {
        this.revision = revision;
        this.virtualServices = virtualServices;
        this.facts = Map.copyOf(facts);
    }

    /// Galley's revision of the config in it.
    public String revision() {
        return revision;
    }

    public int serviceCount() {
        return (int) facts.keySet().stream().filter(FactKey.ServiceOf.class::isInstance).count();
    }

    public int virtualServiceCount() {
        return virtualServices;
    }

    @Override
    protected @Nullable Object fact(FactKey key) {
        return facts.get(key);
    }

    /// The facts that are new, gone or different from `earlier`.
    public Set<FactKey> changedSince(MeshSnapshot earlier) {
        var changed = new HashSet<FactKey>();
        facts.forEach((key, value) -> {
            if (!value.equals(earlier.facts.get(key))) {
                changed.add(key);
            }
        });
        for (var key : earlier.facts.keySet()) {
            if (!facts.containsKey(key)) {
                changed.add(key);
            }
        }
        return changed;
    }
}
