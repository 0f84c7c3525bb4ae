package dev.quartet.galley.snapshot;

import dev.quartet.wire.mcp.Resource;
import java.util.List;

/// Some resources of a collection that follow each other in the order of their names. Immutable; a change of others leaves it as it is.
///
/// @param hash of names and versions, whole and not cut
record Chunk(List<Resource> resources, Hash hash) {
    private static final int ONE_IN_BITS = 5;

    /// @param resources in the order of their names, one at least
    static Chunk of(List<Resource> resources) {
        var hash = new Hash.Of();
        for (var resource : resources) {
            hash.add(resource.getMetadata().getName());
            hash.add(resource.getMetadata().getVersion());
        }
        return new Chunk(List.copyOf(resources), hash.done());
    }

    String first() {
        return resources.getFirst().getMetadata().getName();
    }

    /// Whether a chunk begins with this name: about one in 32 does. It follows from the name alone, so that a collection is cut
    /// in the same way whatever was in it before.
    static boolean beginsWith(String name) {
        int mixed =
                name.hashCode(); // names that count up differ in few bits (MurmurHash3's finalizer)
        mixed ^= mixed >>> 16;
        mixed *= 0x85ebca6b;
        mixed ^= mixed >>> 13;
        mixed *= 0xc2b2ae35;
        mixed ^= mixed >>> 16;
        return mixed >>> (Integer.SIZE - ONE_IN_BITS) == 0;
    }
}
