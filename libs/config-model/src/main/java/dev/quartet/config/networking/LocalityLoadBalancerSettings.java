package dev.quartet.config.networking;

import dev.quartet.config.schema.OneOf;
import dev.quartet.config.schema.Required;
import dev.quartet.config.schema.SortedMaps;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where requests go by region, zone and subzone: by fixed shares or, where `outlierDetection` finds out bad workloads, to the near ones
/// first and to those further away as those fail. Both hold for clients whose own locality is known.
///
/// @param distribute the first one that the client is part of; what it gives no share gets no request
/// @param failover which region comes before the others when the client's own has too few that are healthy
/// @param failoverPriority labels, `key` or `key=value`: workloads that have more of the first of them in common with the client come first
/// @param enabled false turns it off, in a DestinationRule for its host
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
