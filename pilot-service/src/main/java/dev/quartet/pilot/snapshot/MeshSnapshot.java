package dev.quartet.pilot.snapshot;

import dev.quartet.config.networking.VirtualService;
import dev.quartet.stream.ConfigSnapshot;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One config revision and the workloads of one moment, as facts by key. Immutable.
public final class MeshSnapshot extends Facts {
    private final ConfigSnapshot config;
    private final Map<FactKey.Group, Map<FactKey, Object>> facts;

    private volatile @Nullable Findings findings;

    /// @param facts which nobody changes from now on
    MeshSnapshot(ConfigSnapshot config, Map<FactKey.Group, Map<FactKey, Object>> facts) {
        this.config = config;
        this.facts = facts;
    }

    /// The facts that are not the same in another snapshot, those that only one of them has among them. Of one by the same
    /// builder only those groups are looked at that have changed.
    public Set<FactKey> changedSince(MeshSnapshot other) {
        var changed = new HashSet<FactKey>();
        for (var group : FactKey.Group.values()) {
            addDifferences(of(group), other.of(group), changed);
        }
        return changed;
    }

    private static void addDifferences(
            Map<FactKey, Object> facts, Map<FactKey, Object> others, Set<FactKey> different) {
        if (facts == others) {
            return;
        }
        facts.forEach((key, value) -> {
            if (!value.equals(others.get(key))) {
                different.add(key);
            }
        });
        for (var key : others.keySet()) {
            if (!facts.containsKey(key)) {
                different.add(key);
            }
        }
    }

    /// Galley's revision of the config in it.
    public String revision() {
        return config.revision();
    }

    /// The config that it was made from.
    public ConfigSnapshot config() {
        return config;
    }

    /// What looks odd in it; worked out when first asked for.
    public Findings findings() {
        var known = findings;
        if (known == null) {
            known = Findings.of(facts());
            findings = known;
        }
        return known;
    }

    /// All services, by host and namespace.
    public List<Service> allServices() {
        return of(FactKey.Group.SERVICES).values().stream()
                .filter(Service.class::isInstance)
                .map(Service.class::cast)
                .sorted(Comparator.comparing(Service::host).thenComparing(Service::namespace))
                .toList();
    }

    public int serviceCount() {
        return (int)
                of(FactKey.Group.SERVICES).keySet().stream()
                        .filter(FactKey.ServiceAt.class::isInstance)
                        .count();
    }

    public int virtualServiceCount() {
        return config.of(VirtualService.class).size();
    }

    /// All of them, by instance.
    public List<Workload> workloads() {
        return of(FactKey.Group.WORKLOADS).entrySet().stream()
                .filter(entry -> entry.getKey() instanceof FactKey.WorkloadAt)
                .map(entry -> (Workload) entry.getValue())
                .sorted(Comparator.comparing(Workload::instance))
                .toList();
    }

    @Override
    protected @Nullable Object fact(FactKey key) {
        return value(key);
    }

    /// The value of a fact; null when there is none. Facts that did not change are the same objects as in the snapshot before.
    public @Nullable Object value(FactKey key) {
        return of(key.group()).get(key);
    }

    private Map<FactKey, Object> of(FactKey.Group group) {
        return facts.getOrDefault(group, Map.of());
    }

    /// All of them. Copied.
    Map<FactKey, Object> facts() {
        var all = new HashMap<FactKey, Object>();
        facts.values().forEach(all::putAll);
        return all;
    }
}
