package dev.quartet.pilot.snapshot;

import dev.quartet.config.ResourceKey;
import dev.quartet.config.networking.Visibility;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;

/// The VirtualServices that route inside the mesh, without their routes: it changes when a host or a destination of one does.
///
/// @param entries by namespace and name
/// @param connections those that route TCP or TLS connections too
public record RouteIndex(List<Entry> entries, Set<ResourceKey> connections) {
    /// @param hosts full names and wildcards
    /// @param destinations hosts that it sends to, by itself and by delegates
    /// @param delegates the VirtualServices that it hands over to, whether they are there or not
    public record Entry(
            ResourceKey key,
            List<String> hosts,
            Visibility visibility,
            SortedSet<String> destinations,
            Set<ResourceKey> delegates) {
        public Entry {
            hosts = List.copyOf(hosts);
            delegates = Set.copyOf(delegates);
        }
    }

    public RouteIndex {
        entries = List.copyOf(entries);
        connections = Set.copyOf(connections);
    }
}
