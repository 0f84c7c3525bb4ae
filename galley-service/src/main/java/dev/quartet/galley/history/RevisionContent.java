package dev.quartet.galley.history;

import dev.quartet.config.ResourceKey;
import dev.quartet.config.write.ResourceWriter;
import dev.quartet.galley.process.ConfigEntry;
import dev.quartet.galley.process.JudgedConfig;
import dev.quartet.galley.source.Origin;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/// A whole config as documents. Immutable.
public record RevisionContent(SortedMap<ResourceKey, Kept> resources) {
    public static final RevisionContent NOTHING = new RevisionContent(new TreeMap<>());

    /// One resource as it was in force.
    ///
    /// @param yaml its canonical document
    public record Kept(Origin origin, String version, String yaml) {
        boolean applied() {
            return origin == Origin.APPLIED;
        }
    }

    public RevisionContent {
        resources = Collections.unmodifiableSortedMap(new TreeMap<>(resources));
    }

    public static RevisionContent of(JudgedConfig config) {
        return of(config, NOTHING);
    }

    /// @param before whose documents are used again where nothing has changed
    static RevisionContent of(JudgedConfig config, RevisionContent before) {
        var resources = new TreeMap<ResourceKey, Kept>();
        config.entries()
                .forEach((key, entry) -> {
                    var old = before.resources().get(key);
                    resources.put(key, old != null && same(old, entry) ? old : keep(entry));
                });
        return new RevisionContent(resources);
    }

    private static boolean same(Kept old, ConfigEntry entry) {
        return old.origin() == entry.origin() && old.version().equals(entry.resource().version());
    }

    private static Kept keep(ConfigEntry entry) {
        return new Kept(
                entry.origin(), entry.resource().version(), ResourceWriter.yaml(entry.resource()));
    }

    /// What REST had applied.
    public SortedMap<ResourceKey, Kept> applied() {
        var applied = new TreeMap<>(resources);
        applied.values().removeIf(kept -> !kept.applied());
        return applied;
    }
}
