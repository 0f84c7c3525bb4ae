package dev.quartet.galley.snapshot;

import dev.quartet.wire.mcp.Resource;
import java.util.ArrayList;
import java.util.List;

/// Cuts resources into chunks, as they come in the order of their names. One use; not thread-safe.
final class Chunks {
    private final List<Chunk> done = new ArrayList<>();

    /// The chunk that is being made; empty after a whole one was added.
    private final List<Resource> open = new ArrayList<>();

    void add(Resource resource) {
        if (Chunk.beginsWith(resource.getMetadata().getName())) {
            close();
        } else if (open.isEmpty() && !done.isEmpty()) {
            // what has begun the next chunk until now is gone
            open.addAll(done.removeLast().resources());
        }
        open.add(resource);
    }

    /// One that another collection has too. Unless it is the first, it begins with a name with which chunks begin.
    void add(Chunk chunk) {
        close();
        done.add(chunk);
    }

    private void close() {
        if (!open.isEmpty()) {
            done.add(Chunk.of(open));
            open.clear();
        }
    }

    List<Chunk> done() {
        close();
        return List.copyOf(done);
    }
}
