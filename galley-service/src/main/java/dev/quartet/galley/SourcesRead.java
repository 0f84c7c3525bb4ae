package dev.quartet.galley;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/// Whether every source has been read once: until then the config is a part of the mesh, which nobody may get and
/// nobody can judge by.
record SourcesRead(CompletableFuture<Void> future) {
    boolean done() {
        return future.isDone();
    }

    void await() throws InterruptedException {
        try {
            future.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a source is complete or not yet", e);
        }
    }
}
