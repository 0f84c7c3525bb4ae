package dev.quartet.pilot.snapshot;

import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.networking.DestinationRule;
import java.util.Optional;
import java.util.Set;

/// From where a proxy looks at the mesh. Proxies with the same view see the same.
///
/// @param sidecar the Sidecar that narrows it
/// @param rules the DestinationRules with a `workloadSelector` that select the proxy; all are of its namespace
public record View(String namespace, Optional<ResourceKey> sidecar, Set<ResourceKey> rules) {
    public View {
        rules = Set.copyOf(rules);
    }

    /// Of one that no rule selects.
    public View(String namespace, Optional<ResourceKey> sidecar) {
        this(namespace, sidecar, Set.of());
    }

    public View withoutRules() {
        return rules.isEmpty() ? this : new View(namespace, sidecar);
    }

    /// Whether the rule is for the proxy, as far as its selector says it.
    public boolean isSelectedBy(Resource<DestinationRule> rule) {
        return rule.spec().workloadSelector() == null || rules.contains(rule.key());
    }
}
