package dev.quartet.galley.source;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The JDK's events, which do not tell a file that is being written from one that is done.
final class WatchedFolders implements FileEvents {
    private static final Logger LOGGER = LoggerFactory.getLogger(WatchedFolders.class);

    private final WatchService watcher;

    WatchedFolders(WatchService watcher) {
        this.watcher = watcher;
    }

    @Override
    public void watch(Path folder) throws IOException {
        folder.register(
                watcher,
                StandardWatchEventKinds.ENTRY_CREATE,
                StandardWatchEventKinds.ENTRY_DELETE,
                StandardWatchEventKinds.ENTRY_MODIFY);
    }

    @Override
    public Batch next(Duration limit) throws InterruptedException {
        var key = watcher.poll(limit.toNanos(), TimeUnit.NANOSECONDS);
        if (key == null) {
            return Batch.TIME_UP;
        }
        for (WatchKey more = key; more != null; more = watcher.poll()) {
            more.pollEvents();
            more.reset();
        }
        return Batch.ELSEWHERE;
    }

    @Override
    public void close() {
        try {
            watcher.close();
        } catch (IOException e) {
            LOGGER.atDebug()
                    .addKeyValue("error", e.getMessage())
                    .log("Watch service did not close");
        }
    }
}
