package dev.quartet.pilot.snapshot;

import dev.quartet.config.networking.Visibility;
import java.util.List;
import java.util.SortedMap;

/// Which services there are, without what they are: it changes when one comes or goes, and not when one changes.
///
/// @param byHost several namespaces may have a service of one host; those of a registry stand first, then by namespace
public record ServiceIndex(SortedMap<String, List<Entry>> byHost) {
    public record Entry(String namespace, Visibility visibility) {}
}
