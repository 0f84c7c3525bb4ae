package dev.quartet.pilot.snapshot;

import dev.quartet.config.networking.VirtualService;
import dev.quartet.stream.ConfigSnapshot;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One config revision and the workloads of one moment, as facts by key. Immutable.
public final class MeshSnapshot extends Facts {
    private final ConfigSnapshot config;
    private final Map<FactKey, Object> facts;
    private volatile @Nullable Findings findings;

    /// @param facts which nobody changes from now on
    MeshSnapshot(ConfigSnapshot config, Map<FactKey, Object> facts) {
        this.config = config;
        this.facts = Collections.unmodifiableMap(facts);
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
            known = Findings.of(facts);
            findings = known;
        }
        return known;
    }

    /// All services, by host and namespace.
    public List<Service> allServices() {
        return facts.values().stream()
                .filter(Service.class::isInstance)
                .map(Service.class::cast)
                .sorted(Comparator.comparing(Service::host).thenComparing(Service::namespace))
                .toList();
    }

    public int serviceCount() {
        return (int) facts.keySet().stream().filter(FactKey.ServiceAt.class::isInstance).count();
    }

    public int virtualServiceCount() {
        return config.of(VirtualService.class).size();
    }

    /// All of them, by instance.
    public List<Workload> workloads() {
        return facts.entrySet().stream()
                .filter(entry -> entry.getKey() instanceof FactKey.WorkloadAt)
                .map(entry -> (Workload) entry.getValue())
                .sorted(Comparator.comparing(Workload::instance))
                .toList();
    }

    @Override
    protected @Nullable Object fact(FactKey key) {
        return facts.get(key);
    }

    /// The value of a fact; null when there is none. Facts that did not change are the same objects as in the snapshot before.
    public @Nullable Object value(FactKey key) {
        return facts.get(key);
    }

    Map<FactKey, Object> facts() {
        return facts;
    }
}
