package dev.quartet.galley.process;

import dev.quartet.config.ResourceKey;
import dev.quartet.config.read.ReadResource;
import dev.quartet.galley.source.Origin;
import dev.quartet.galley.source.SourceContent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Puts the sources over each other: of each resource the one of the highest [Origin] is in force.
///
/// It keeps what it merged last and looks again at what has changed in the sources' lists only; the result does not depend
/// on that. Not thread-safe.
final class Merge {
    private final Map<Origin, OfSource> sources = new EnumMap<>(Origin.class);
    private final TreeMap<ResourceKey, ConfigEntry> entries = new TreeMap<>();

    /// One source as it was last.
    private static final class OfSource {
        private List<ReadResource> resources = List.of();
        private final Map<ResourceKey, ReadResource> byKey = new HashMap<>();

        /// @param changed takes the keys of what came, went or is another
        @SuppressWarnings("ReferenceEquality") // what was read anew may stand elsewhere
        void become(List<ReadResource> now, Set<ResourceKey> changed) {
            int least = Math.min(resources.size(), now.size());
            int head = 0;
            while (head < least && resources.get(head) == now.get(head)) {
                head++;
            }
            int tail = 0;
            while (tail < least - head
                    && resources.get(resources.size() - 1 - tail)
                            == now.get(now.size() - 1 - tail)) {
                tail++;
            }
            for (var went : resources.subList(head, resources.size() - tail)) {
                byKey.remove(went.resource().key());
                changed.add(went.resource().key());
            }
            for (var came : now.subList(head, now.size() - tail)) {
                byKey.put(came.resource().key(), came);
                changed.add(came.resource().key());
            }
            resources = now;
        }
    }

    /// @param contents in any order; a source has no resource twice, and of two of one origin the later wins
    /// @return for the caller to keep
    TreeMap<ResourceKey, ConfigEntry> of(Collection<SourceContent> contents) {
        var changed = new HashSet<ResourceKey>();
        for (var origin : Origin.values()) {
            var now = resources(contents, origin);
            sources.computeIfAbsent(origin, it -> new OfSource()).become(now, changed);
        }
        for (var key : changed) {
            var entry = entry(key);
            if (entry == null) {
                entries.remove(key);
            } else {
                entries.put(key, entry);
            }
        }
        return new TreeMap<>(entries);
    }

    private static List<ReadResource> resources(Collection<SourceContent> all, Origin origin) {
        var lists =
                all.stream()
                        .filter(it -> it.origin() == origin)
                        .map(SourceContent::resources)
                        .toList();
        return lists.size() == 1 ? lists.getFirst() : lists.stream().flatMap(List::stream).toList();
    }

    private @Nullable ConfigEntry entry(ResourceKey key) {
        ReadResource inForce = null;
        var winner = Origin.BUILT_IN;
        var hidden = new ArrayList<Origin>();
        for (var source : sources.entrySet()) {
            var read = source.getValue().byKey.get(key);
            if (read != null) {
                if (inForce != null) {
                    hidden.add(winner);
                }
                inForce = read;
                winner = source.getKey();
            }
        }
        return inForce == null ? null : new ConfigEntry(inForce, winner, List.copyOf(hidden));
    }
}
