package dev.quartet.galley.snapshot;

import dev.quartet.config.KeyOrder;
import dev.quartet.config.Kind;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// The whole config at one moment, in the form in which it is published. Immutable.
///
/// @param id hash of the content: same content, same id
/// @param members that it was made of, in the order of their keys
public record Revision(
        String id, Map<Kind, CollectionContent> collections, List<Resource<?>> members) {
    private static final KeyOrder<Resource<?>> ORDER = new KeyOrder<>(Resource::key);
    private static final Revision EMPTY =
            new Revision(
                    "",
                    Arrays.stream(Kind.values())
                            .collect(
                                    Collectors.toMap(
                                            kind -> kind, kind -> CollectionContent.EMPTY)),
                    List.of());

    public Revision {
        collections = Collections.unmodifiableMap(new EnumMap<>(collections));
        members = List.copyOf(members);
    }

    /// @param resources in any order; fastest in that of their keys
    static Revision of(Collection<Resource<?>> resources) {
        return EMPTY.changedTo(resources);
    }

    /// The same as [#of] makes of these resources; what has not changed is used again.
    Revision changedTo(Collection<Resource<?>> resources) {
        var now = ordered(resources);
        var changes = new EnumMap<Kind, SortedMap<String, Optional<Resource<?>>>>(Kind.class);
        ORDER.difference(
                members,
                now,
                went -> put(went.key(), Optional.empty(), changes),
                came -> put(came.key(), Optional.of(came), changes));
        var contents = new EnumMap<Kind, CollectionContent>(collections);
        changes.forEach((kind, ofKind) -> contents.put(kind, collection(kind).with(ofKind)));
        var hash = new Hash.Of();
        contents.forEach((kind, content) -> hash.add(kind.collection()).add(content.hash()));
        return new Revision(hash.done().name(), contents, now);
    }

    /// Mostly they come in that order.
    private List<Resource<?>> ordered(Collection<Resource<?>> resources) {
        var given = List.copyOf(resources);
        if (ORDER.isIn(given, members)) {
            return given;
        }
        var byKey = new TreeMap<ResourceKey, Resource<?>>();
        given.forEach(resource -> byKey.put(resource.key(), resource));
        return List.copyOf(byKey.values());
    }

    private static void put(
            ResourceKey key,
            Optional<Resource<?>> now,
            Map<Kind, SortedMap<String, Optional<Resource<?>>>> changes) {
        changes.computeIfAbsent(key.kind(), kind -> new TreeMap<>()).put(key.namespacedName(), now);
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
