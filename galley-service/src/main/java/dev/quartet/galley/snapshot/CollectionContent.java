package dev.quartet.galley.snapshot;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import dev.quartet.config.Resource;
import dev.quartet.config.write.CanonicalJson;
import dev.quartet.wire.mcp.Metadata;
import java.util.Collection;
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
public record CollectionContent(
        String hash,
        SortedMap<String, dev.quartet.wire.mcp.Resource> resources,
        Map<String, String> versions) {
    static final CollectionContent EMPTY = of(List.of(), null);

    /// @param before the collection as it was, whose unchanged resources are not encoded again
    static CollectionContent of(
            Collection<Resource<?>> resources, @Nullable CollectionContent before) {
        var wires = new TreeMap<String, dev.quartet.wire.mcp.Resource>();
        var versions = new TreeMap<String, String>();
        for (var resource : resources) {
            var name = resource.key().namespacedName();
            var old = before == null ? null : before.resources().get(name);
            var same = old != null && old.getMetadata().getVersion().equals(resource.version());
            wires.put(name, same ? old : encode(name, resource));
            versions.put(name, resource.version());
        }
        return new CollectionContent(
                Hash.of(versions),
                Collections.unmodifiableSortedMap(wires),
                Collections.unmodifiableSortedMap(versions));
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
