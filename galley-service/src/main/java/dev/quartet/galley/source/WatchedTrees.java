package dev.quartet.galley.source;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Path;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.Watchable;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/// Events of a service that watches a folder with all that lies in it, by paths without links: the root is watched, and what links
/// lead to outside of it. A tree that went is watched anew when it is back.
final class WatchedTrees implements FileEvents {
    private final WatchedFolders events;
    private final Map<Path, WatchKey> trees = new HashMap<>();

    WatchedTrees(WatchService watcher, Function<Path, Watchable> watchable) {
        this.events = new WatchedFolders(watcher, watchable);
    }

    @Override
    public void watch(Path folder) throws IOException {
        var real = folder.toRealPath();
        trees.values().removeIf(key -> !key.isValid());
        if (trees.keySet().stream().anyMatch(real::startsWith)) {
            return;
        }
        try {
            trees.put(real, events.register(real));
        } catch (ClosedWatchServiceException e) {
            throw e;
        } catch (RuntimeException e) {
            // directory-watcher throws such a one where the folder went this very moment
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public Batch next(Duration limit) throws InterruptedException {
        return events.next(limit);
    }

    @Override
    public void close() {
        events.close();
    }
}
