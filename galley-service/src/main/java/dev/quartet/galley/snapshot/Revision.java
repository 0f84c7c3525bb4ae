package dev.quartet.galley.snapshot;

import dev.quartet.config.Kind;
import dev.quartet.config.Resource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The whole config at one moment, in the form in which it is published. Immutable.
///
/// @param id hash of the content: same content, same id
public record Revision(String id, Map<Kind, CollectionContent> collections) {
    public Revision {
        collections = Collections.unmodifiableMap(new EnumMap<>(collections));
    }

    /// @param resources in any order
    /// @param before the revision before, whose unchanged parts are used again
    static Revision of(Collection<Resource<?>> resources, @Nullable Revision before) {
        var byKind = new EnumMap<Kind, List<Resource<?>>>(Kind.class);
        for (var kind : Kind.values()) {
            byKind.put(kind, new ArrayList<>());
        }
        for (var resource : sorted(resources)) {
            byKind.computeIfAbsent(resource.key().kind(), kind -> new ArrayList<>()).add(resource);
        }
        var collections = new EnumMap<Kind, CollectionContent>(Kind.class);
        var hashes = new TreeMap<String, String>();
        byKind.forEach((kind, members) -> {
            var old = before == null ? null : before.collections().get(kind);
            var content = CollectionContent.of(List.copyOf(members), old);
            collections.put(kind, content);
            hashes.put(kind.collection(), content.hash());
        });
        return new Revision(Hash.of(hashes), collections);
    }

    /// Mostly they come in that order.
    private static List<Resource<?>> sorted(Collection<Resource<?>> resources) {
        var sorted = new ArrayList<>(resources);
        sorted.sort(Comparator.comparing(Resource::key));
        return sorted;
    }

    /// A collection that Quartet does not have is empty.
    public CollectionContent collection(String name) {
        return Kind.ofCollection(name).map(this::collection).orElse(CollectionContent.EMPTY);
    }

    public CollectionContent collection(Kind kind) {
        return collections.getOrDefault(kind, CollectionContent.EMPTY);
    }

    /// The kinds whose content is not that of `other`.
    public Set<Kind> kindsChangedFrom(Revision other) {
        var changed = EnumSet.noneOf(Kind.class);
        for (var kind : Kind.values()) {
            if (!collection(kind).hash().equals(other.collection(kind).hash())) {
                changed.add(kind);
            }
        }
        return changed;
    }
}
