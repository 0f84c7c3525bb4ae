package dev.quartet.pilot.snapshot;

import dev.quartet.config.networking.VirtualService;
import dev.quartet.stream.ConfigSnapshot;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One config revision and the workloads of one moment, as facts by key. Immutable.
public final class MeshSnapshot extends Facts {
    private final ConfigSnapshot config;
    private final Map<FactKey, Object> facts;

    MeshSnapshot(ConfigSnapshot config, Map<FactKey, Object> facts) {
        this.config = config;
        this.facts = Map.copyOf(facts);
    }

    /// Galley's revision of the config in it.
    public String revision() {
        return config.revision();
    }

    /// The config that it was made from.
    public ConfigSnapshot config() {
        return config;
    }

    public int serviceCount() {
        return (int) facts.keySet().stream().filter(FactKey.ServiceOf.class::isInstance).count();
    }

    public int virtualServiceCount() {
        return config.of(VirtualService.class).size();
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
