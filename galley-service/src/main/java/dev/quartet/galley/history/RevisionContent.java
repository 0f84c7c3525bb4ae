package dev.quartet.galley.history;

import dev.quartet.config.ResourceKey;
import dev.quartet.config.write.ResourceWriter;
import dev.quartet.galley.process.ConfigEntry;
import dev.quartet.galley.process.JudgedConfig;
import dev.quartet.galley.source.Origin;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

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
    public static RevisionContent of(JudgedConfig config, RevisionContent before) {
        // a sorted map is copied without comparing keys, and little has changed mostly
        var resources = new TreeMap<>(before.resources());
        var more = new ArrayList<ConfigEntry>();
        var olds = resources.entrySet().iterator();
        var old = next(olds);
        for (var entry : config.entries().values()) {
            var key = entry.resource().key();
            while (old != null && old.getKey().compareTo(key) < 0) {
                olds.remove();
                old = next(olds);
            }
            if (old == null || !old.getKey().equals(key)) {
                more.add(entry);
            } else {
                if (!same(old.getValue(), entry)) {
                    old.setValue(keep(entry));
                }
                old = next(olds);
            }
        }
        while (old != null) {
            olds.remove();
            old = next(olds);
        }
        more.forEach(entry -> resources.put(entry.resource().key(), keep(entry)));
        return new RevisionContent(resources);
    }

    private static <T> @Nullable T next(Iterator<T> iterator) {
        return iterator.hasNext() ? iterator.next() : null;
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
        return of(Origin.APPLIED);
    }

    /// What one source had in force.
    public SortedMap<ResourceKey, Kept> of(Origin origin) {
        var some = new TreeMap<>(resources);
        some.values().removeIf(kept -> kept.origin() != origin);
        return some;
    }
}
