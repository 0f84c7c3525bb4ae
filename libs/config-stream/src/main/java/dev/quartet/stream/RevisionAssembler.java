package dev.quartet.stream;

import com.google.protobuf.ByteString;
import dev.quartet.config.Kind;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.wire.mcp.Resources;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Puts collections together to whole revisions.
///
/// Each collection carries the revision it was last stamped with, and Galley stamps every collection at every
/// publish. So the collections form a published revision exactly when all stamps agree; until then the last whole one
/// stays. Needs no history: a revision that some collections skip can never become complete and is passed over.
/// Not thread-safe.
final class RevisionAssembler {
    /// One collection as last received.
    private static final class Shelf {
        private final Map<String, HeldResource> resources;

        /// Null until something came.
        private final @Nullable String revision;

        private @Nullable ByteString wire;

        Shelf(@Nullable String revision, Map<String, HeldResource> resources) {
            this.revision = revision;
            this.resources = resources;
        }

        /// The same content with another stamp.
        Shelf stamped(String next) {
            var shelf = new Shelf(next, resources);
            shelf.wire = wire;
            return shelf;
        }

        ByteString wire(Kind kind) {
            var known = wire;
            if (known == null) {
                var message = Resources.newBuilder().setCollection(kind.collection());
                resources.values().forEach(held -> message.addResources(held.wire()));
                known = message.build().toByteString();
                wire = known;
            }
            return known;
        }
    }

    private final Map<Kind, Shelf> shelves = new EnumMap<>(Kind.class);

    /// What is on all shelves. A revision changes little of it, so it is kept in order and not sorted anew.
    private final SortedMap<ResourceKey, Resource<?>> all = new TreeMap<>();

    private @Nullable String newest;

    RevisionAssembler(Set<Kind> kinds) {
        kinds.forEach(kind -> shelves.put(kind, new Shelf(null, Map.of())));
    }

    Set<Kind> kinds() {
        return shelves.keySet();
    }

    /// Takes one message of a collection. An incremental one changes what is held, another replaces it.
    void accept(
            Kind kind,
            String revision,
            boolean incremental,
            Collection<HeldResource> changed,
            Collection<String> removed) {
        newest = revision;
        if (incremental && changed.isEmpty() && removed.isEmpty()) {
            shelves.put(kind, shelf(kind).stamped(revision));
            return;
        }
        var resources = new LinkedHashMap<String, HeldResource>();
        if (incremental) {
            resources.putAll(shelf(kind).resources);
        } else {
            shelf(kind).resources.values().forEach(held -> all.remove(held.resource().key()));
        }
        removed.forEach(name -> {
            var held = resources.remove(name);
            if (held != null) {
                all.remove(held.resource().key());
            }
        });
        changed.forEach(held -> {
            resources.put(held.name(), held);
            all.put(held.resource().key(), held.resource());
        });
        shelves.put(kind, new Shelf(revision, resources));
    }

    /// Name and version of all that is held of a kind: `initial_resource_versions` of the next subscription.
    Map<String, String> versions(Kind kind) {
        var versions = new TreeMap<String, String>();
        shelf(kind).resources.values().forEach(held -> versions.put(held.name(), held.version()));
        return versions;
    }

    /// What is held of a kind, as a message without its stamp. Made anew only when it has changed.
    ByteString wire(Kind kind) {
        return shelf(kind).wire(kind);
    }

    /// The revision that all collections agree on.
    Optional<String> wholeRevision() {
        if (newest == null) {
            return Optional.empty();
        }
        var agreed = newest;
        return shelves.values().stream().allMatch(shelf -> agreed.equals(shelf.revision))
                ? Optional.of(agreed)
                : Optional.empty();
    }

    /// All that is held, until something is accepted again.
    SortedMap<ResourceKey, Resource<?>> resources() {
        return Collections.unmodifiableSortedMap(all);
    }

    /// The kinds that don't have the newest revision.
    Set<Kind> lagging() {
        var lagging = EnumSet.noneOf(Kind.class);
        shelves.forEach((kind, shelf) -> {
            if (newest == null || !newest.equals(shelf.revision)) {
                lagging.add(kind);
            }
        });
        return lagging;
    }

    private Shelf shelf(Kind kind) {
        var shelf = shelves.get(kind);
        if (shelf == null) {
            throw new IllegalArgumentException(kind.collection() + " is not subscribed");
        }
        return shelf;
    }
}
