package dev.quartet.galley.source;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.Watchable;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Events of a watch service, the JDK's for one. They do not tell a file that is being written from one that is done, so no file is
/// named: the folders are to be looked through.
final class WatchedFolders implements FileEvents {
    private static final Logger LOGGER = LoggerFactory.getLogger(WatchedFolders.class);

    private final WatchService watcher;
    private final Function<Path, Watchable> watchable;

    /// @param watchable what the service takes for a folder
    WatchedFolders(WatchService watcher, Function<Path, Watchable> watchable) {
        this.watcher = watcher;
        this.watchable = watchable;
    }

    /// The JDK's.
    static WatchedFolders in(FileSystem files) throws IOException {
        return new WatchedFolders(files.newWatchService(), folder -> folder);
    }

    @Override
    public void watch(Path folder) throws IOException {
        register(folder);
    }

    WatchKey register(Path folder) throws IOException {
        return watchable
                .apply(folder)
                .register(
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
