package dev.quartet.pilot.status;

import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.stream.ConfigSnapshot;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/// Which revisions proxies were given, in what order, and in which of them each resource was last changed. Written by one thread, read by
/// any.
public final class ConfigLedger {
    /// Revisions whose order is remembered.
    static final int REMEMBERED = 200;

    /// The config that is given to proxies.
    ///
    /// @param changed what it changed; nothing when it is the first
    record Published(ConfigSnapshot config, List<ResourceKey> changed) {
        String revision() {
            return config.revision();
        }
    }

    private final Map<String, Long> numbers =
            new LinkedHashMap<>() {
                private static final long serialVersionUID = 1;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
                    return size() > REMEMBERED;
                }
            };
    private final Map<ResourceKey, Long> changedIn = new ConcurrentHashMap<>();
    private final List<Runnable> watchers = new CopyOnWriteArrayList<>();
    private volatile @Nullable Published newest;
    private long count;

    /// `config` is given to proxies from now on. Called again with the same revision it changes nothing.
    public void published(ConfigSnapshot config) {
        var before = newest;
        if (before != null && before.revision().equals(config.revision())) {
            return;
        }
        var changed =
                before == null
                        ? List.<ResourceKey>of()
                        : changed(before.config().resources(), config.resources());
        synchronized (numbers) {
            count++;
            numbers.remove(config.revision()); // one that comes again is the newest
            numbers.put(config.revision(), count);
            for (var key : changed) {
                if (config.resources().containsKey(key)) {
                    changedIn.put(key, count);
                } else {
                    changedIn.remove(key);
                }
            }
        }
        newest = new Published(config, changed);
        watchers.forEach(Runnable::run);
    }

    /// Both are in the order of their keys, so one walk through them is enough.
    private static List<ResourceKey> changed(
            SortedMap<ResourceKey, Resource<?>> before, SortedMap<ResourceKey, Resource<?>> after) {
        var changed = new ArrayList<ResourceKey>();
        var olds = before.values().iterator();
        var old = next(olds);
        for (var resource : after.values()) {
            while (old != null && old.key().compareTo(resource.key()) < 0) {
                changed.add(old.key());
                old = next(olds);
            }
            var same = old != null && old.key().equals(resource.key()) ? old : null;
            if (same == null || !same.version().equals(resource.version())) {
                changed.add(resource.key());
            }
            if (same != null) {
                old = next(olds);
            }
        }
        while (old != null) {
            changed.add(old.key());
            old = next(olds);
        }
        return changed;
    }

    private static @Nullable Resource<?> next(Iterator<Resource<?>> resources) {
        return resources.hasNext() ? resources.next() : null;
    }

    /// @param watcher told of each new revision; must not block
    void watch(Runnable watcher) {
        watchers.add(watcher);
    }

    @Nullable Published newest() {
        return newest;
    }

    /// The newest revision; empty before the first.
    public Optional<String> newestRevision() {
        return Optional.ofNullable(newest).map(Published::revision);
    }

    boolean knows(String revision) {
        return number(revision) != null;
    }

    /// Whether a proxy in which `revision` is in force has what `wanted` says: it holds that one, or a later one.
    boolean has(String revision, String wanted) {
        if (revision.equals(wanted)) {
            return true;
        }
        var its = number(revision);
        var needed = number(wanted);
        return its != null && needed != null && its >= needed;
    }

    /// Of these resources those that were changed after `revision`; all of them when none was, or when it is not remembered.
    List<ResourceKey> changedSince(String revision, Collection<ResourceKey> resources) {
        var since = number(revision);
        if (since == null) {
            return List.copyOf(resources);
        }
        var changed =
                resources.stream().filter(key -> changedIn.getOrDefault(key, 0L) > since).toList();
        return changed.isEmpty() ? List.copyOf(resources) : changed;
    }

    /// Whether a resource is today what it was in that revision.
    public boolean isUnchangedSince(String revision, ResourceKey resource) {
        var since = number(revision);
        return since != null && changedIn.getOrDefault(resource, 0L) <= since;
    }

    private @Nullable Long number(String revision) {
        synchronized (numbers) {
            return numbers.get(revision);
        }
    }
}
