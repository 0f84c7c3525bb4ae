package dev.quartet.config.networking;

import dev.quartet.config.schema.OneOf;
import dev.quartet.config.schema.Required;
import dev.quartet.config.schema.SortedMaps;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where requests go by region, zone and subzone: fixed shares, or a chain of replacements.
public record LocalityLoadBalancerSettings(
        @OneOf("way") List<Distribute> distribute,
        @OneOf("way") List<Failover> failover,
        List<String> failoverPriority,
        @Nullable Boolean enabled) {
    public LocalityLoadBalancerSettings {
        distribute = List.copyOf(distribute);
        failover = List.copyOf(failover);
        failoverPriority = List.copyOf(failoverPriority);
    }

    /// @param to locality to percent; the shares sum to 100
    public record Distribute(@Required String from, Map<String, Integer> to) {
        public Distribute {
            to = SortedMaps.copyOf(to);
        }
    }

    public record Failover(@Required String from, @Required String to) {}
}
