package dev.quartet.pilot.snapshot;

import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.networking.DestinationRule;
import java.util.Optional;
import java.util.Set;

/// From where a proxy looks at the mesh. Proxies with the same view see the same.
///
/// @param sidecar the Sidecar that narrows it
/// @param home the registry by whose addresses the proxy's application knows services; empty: the first that has a service
/// @param rules the DestinationRules with a `workloadSelector` that select the proxy; all are of its namespace
public record View(
        String namespace, Optional<ResourceKey> sidecar, String home, Set<ResourceKey> rules) {
    public View {
        rules = Set.copyOf(rules);
    }

    /// Of one that no rule selects, and that knows services as everybody.
    public View(String namespace, Optional<ResourceKey> sidecar) {
        this(namespace, sidecar, "", Set.of());
    }

    /// For what no service's addresses matter to.
    public View abroad() {
        return home.isEmpty() ? this : new View(namespace, sidecar, "", rules);
    }

    /// What there is depends on these alone.
    public View bare() {
        return rules.isEmpty() && home.isEmpty() ? this : new View(namespace, sidecar);
    }

    /// Whether the rule is for the proxy, as far as its selector says it.
    public boolean isSelectedBy(Resource<DestinationRule> rule) {
        return rule.spec().workloadSelector() == null || rules.contains(rule.key());
    }
}
