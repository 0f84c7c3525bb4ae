package dev.quartet.galley.snapshot;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import dev.quartet.config.Resource;
import dev.quartet.config.write.CanonicalJson;
import dev.quartet.wire.mcp.Metadata;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One collection as MCP sends it. Immutable; encoded once for all sinks.
///
/// @param hash of names and versions: same content, same hash
/// @param resources by MCP name, `namespace/name`
/// @param versions by MCP name
/// @param members that it was made of, in the order of their keys
public record CollectionContent(
        String hash,
        SortedMap<String, dev.quartet.wire.mcp.Resource> resources,
        SortedMap<String, String> versions,
        List<Resource<?>> members) {
    static final CollectionContent EMPTY = of(List.of(), null);

    /// @param members in the order of their keys
    /// @param before the collection as it was, whose unchanged resources are not encoded again
    static CollectionContent of(List<Resource<?>> members, @Nullable CollectionContent before) {
        return before == null ? ofAll(members) : before.changedTo(members);
    }

    private static CollectionContent ofAll(List<Resource<?>> members) {
        var wires = new TreeMap<String, dev.quartet.wire.mcp.Resource>();
        var versions = new TreeMap<String, String>();
        for (var member : members) {
            put(member, wires, versions);
        }
        return of(wires, versions, members);
    }

    @SuppressWarnings(
            "ReferenceEquality") // the same object has the same content; another one may have
    private CollectionContent changedTo(List<Resource<?>> now) {
        var wires = new TreeMap<>(resources);
        var newVersions = new TreeMap<>(versions);
        var changed = false;
        int before = 0;
        int after = 0;
        while (before < members.size() || after < now.size()) {
            int order =
                    before == members.size()
                            ? 1
                            : after == now.size()
                                    ? -1
                                    : members.get(before) == now.get(after)
                                            ? 0
                                            : members.get(before)
                                                    .key()
                                                    .compareTo(now.get(after).key());
            if (order < 0) {
                var gone = members.get(before++).key().namespacedName();
                wires.remove(gone);
                newVersions.remove(gone);
                changed = true;
            } else if (order > 0) {
                put(now.get(after++), wires, newVersions);
                changed = true;
            } else {
                if (!members.get(before).version().equals(now.get(after).version())) {
                    put(now.get(after), wires, newVersions);
                    changed = true;
                }
                before++;
                after++;
            }
        }
        return changed
                ? of(wires, newVersions, now)
                : new CollectionContent(hash, resources, versions, now);
    }

    private static void put(
            Resource<?> member,
            Map<String, dev.quartet.wire.mcp.Resource> wires,
            Map<String, String> versions) {
        var name = member.key().namespacedName();
        wires.put(name, encode(name, member));
        versions.put(name, member.version());
    }

    private static CollectionContent of(
            SortedMap<String, dev.quartet.wire.mcp.Resource> wires,
            SortedMap<String, String> versions,
            List<Resource<?>> members) {
        return new CollectionContent(
                Hash.of(versions),
                Collections.unmodifiableSortedMap(wires),
                Collections.unmodifiableSortedMap(versions),
                members);
    }

    private static dev.quartet.wire.mcp.Resource encode(String name, Resource<?> resource) {
        var json = BytesValue.of(ByteString.copyFrom(CanonicalJson.write(resource.spec())));
        return dev.quartet.wire.mcp.Resource.newBuilder()
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
