package dev.quartet.galley.snapshot;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import dev.quartet.config.write.CanonicalJson;
import dev.quartet.wire.mcp.Metadata;
import dev.quartet.wire.mcp.Resource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/// One collection as MCP sends it. Immutable; encoded once for all sinks.
///
/// Its resources are cut into chunks by their names ([Chunk#beginsWith]). A content that is made from another one has all chunks that
/// the change does not touch in common with it: they are neither encoded nor hashed nor compared again.
public final class CollectionContent {
    static final CollectionContent EMPTY = new CollectionContent(List.of());

    private final List<Chunk> chunks;
    private final int size;
    private final String hash;

    private CollectionContent(List<Chunk> chunks) {
        this.chunks = chunks;
        var all = new Hash.Of();
        int count = 0;
        for (var chunk : chunks) {
            all.add(chunk.hash());
            count += chunk.resources().size();
        }
        this.size = count;
        this.hash = all.done().name();
    }

    /// Of names and versions: same content, same hash.
    public String hash() {
        return hash;
    }

    public int size() {
        return size;
    }

    List<Chunk> chunks() {
        return chunks;
    }

    /// In the order of their MCP names, `namespace/name`.
    public Stream<Resource> resources() {
        return chunks.stream().flatMap(chunk -> chunk.resources().stream());
    }

    /// What a sink lacks.
    ///
    /// @param changed in the order of their names
    /// @param removed names, in their order
    public record Difference(List<Resource> changed, List<String> removed) {
        public Difference {
            changed = List.copyOf(changed);
            removed = List.copyOf(removed);
        }
    }

    /// @param held what a sink has: versions by MCP name
    public Difference differenceFrom(Map<String, String> held) {
        return difference(chunks, held);
    }

    /// @param held what a sink has
    public Difference differenceFrom(CollectionContent held) {
        var versions = new HashMap<String, String>();
        for (var chunk : without(held.chunks, chunks)) {
            chunk.resources().forEach(old -> versions.put(name(old), version(old)));
        }
        return difference(without(chunks, held.chunks), versions);
    }

    private static Difference difference(List<Chunk> now, Map<String, String> held) {
        var changed = new ArrayList<Resource>();
        var removed = new TreeSet<>(held.keySet());
        for (var chunk : now) {
            for (var resource : chunk.resources()) {
                removed.remove(name(resource));
                if (!version(resource).equals(held.get(name(resource)))) {
                    changed.add(resource);
                }
            }
        }
        return new Difference(changed, List.copyOf(removed));
    }

    private static List<Chunk> without(List<Chunk> chunks, List<Chunk> others) {
        Set<Chunk> shared = Collections.newSetFromMap(new IdentityHashMap<>());
        shared.addAll(others);
        return chunks.stream().filter(chunk -> !shared.contains(chunk)).toList();
    }

    /// @param changes by MCP name; empty for what goes
    CollectionContent with(SortedMap<String, Optional<dev.quartet.config.Resource<?>>> changes) {
        if (chunks.isEmpty()) {
            var first = new Chunks();
            changed(List.of(), changes).forEach(first::add);
            return new CollectionContent(first.done());
        }
        var byChunk = byChunk(changes);
        var next = new Chunks();
        var changed = false;
        for (int i = 0; i < chunks.size(); i++) {
            var old = chunks.get(i).resources();
            var ofChunk = byChunk.get(i);
            var now = ofChunk == null ? old : changed(old, ofChunk);
            if (now.equals(old)) {
                next.add(chunks.get(i));
            } else {
                now.forEach(next::add);
                changed = true;
            }
        }
        return changed ? new CollectionContent(next.done()) : this;
    }

    /// @return by the number of the chunk
    private <T> Map<Integer, SortedMap<String, T>> byChunk(SortedMap<String, T> changes) {
        var byChunk = new HashMap<Integer, SortedMap<String, T>>();
        int at = 0;
        for (var change : changes.entrySet()) {
            while (at + 1 < chunks.size()
                    && chunks.get(at + 1).first().compareTo(change.getKey()) <= 0) {
                at++;
            }
            byChunk.computeIfAbsent(at, number -> new TreeMap<>())
                    .put(change.getKey(), change.getValue());
        }
        return byChunk;
    }

    private static List<Resource> changed(
            List<Resource> resources,
            SortedMap<String, Optional<dev.quartet.config.Resource<?>>> changes) {
        var now = new TreeMap<String, Resource>();
        resources.forEach(resource -> now.put(name(resource), resource));
        changes.forEach((name, member) -> {
            var old = now.remove(name);
            if (member.isPresent()) {
                var same = old != null && version(old).equals(member.get().version());
                now.put(name, same ? old : encode(name, member.get()));
            }
        });
        return List.copyOf(now.values());
    }

    private static String name(Resource resource) {
        return resource.getMetadata().getName();
    }

    private static String version(Resource resource) {
        return resource.getMetadata().getVersion();
    }

    private static Resource encode(String name, dev.quartet.config.Resource<?> resource) {
        var json = BytesValue.of(ByteString.copyFrom(CanonicalJson.write(resource.spec())));
        return Resource.newBuilder()
                .setMetadata(
                        Metadata.newBuilder()
                                .setName(name)
                                .setVersion(resource.version())
                                .putAllLabels(resource.labels())
                                .putAllAnnotations(resource.annotations()))
                .setBody(Any.pack(json))
                .build();
    }
}
