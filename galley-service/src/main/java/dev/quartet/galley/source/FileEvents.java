package dev.quartet.galley.source;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/// What happens in watched folders. One thread asks; [#close] may be called by another one.
interface FileEvents extends AutoCloseable {
    /// @param files whose present content is whole: closed after writing, moved in, or gone
    /// @param elsewhere whether something happened that is not among the files: folders came or went, or more happened than can be
    ///     told one by one
    /// @param timeUp nothing happened
    record Batch(Set<Path> files, boolean elsewhere, boolean timeUp) {
        static final Batch TIME_UP = new Batch(Set.of(), false, true);
        static final Batch ELSEWHERE = new Batch(Set.of(), true, false);

        public Batch {
            files = Set.copyOf(files);
        }
    }

    /// Watches a folder, without those in it; again does no harm.
    void watch(Path folder) throws IOException;

    /// What happened since the last call; waits for it up to `limit`. A file that is being written is not told, but at its end.
    ///
    /// @throws java.nio.file.ClosedWatchServiceException after [#close]
    Batch next(Duration limit) throws InterruptedException;

    @Override
    void close();

    /// The best that this system has.
    static FileEvents of(Path root) throws IOException {
        // no method reference: it would load the class everywhere
        return of(root, System.getProperty("os.name"), () -> FsEvents.open());
    }

    /// @param system as the property `os.name` has it
    /// @param macs events of macOS
    static FileEvents of(Path root, String system, Supplier<FileEvents> macs) throws IOException {
        if (root.getFileSystem().provider().getScheme().equals("file")) {
            if (system.equals("Linux") && Inotify.isHere()) {
                return Inotify.open();
            }
            if (system.startsWith("Mac")) {
                var events = opened(root, macs);
                if (events != null) {
                    return events;
                }
            }
        }
        return WatchedFolders.in(root.getFileSystem());
    }

    /// Watching already, since only then it shows whether the native library works. Null where it does not.
    private static @Nullable FileEvents opened(Path root, Supplier<FileEvents> macs) {
        FileEvents events = null;
        try {
            events = macs.get();
            events.watch(root);
            return events;
        } catch (IOException | RuntimeException | LinkageError e) {
            if (events != null) {
                events.close();
            }
            LoggerFactory.getLogger(FileEvents.class)
                    .atWarn()
                    .addKeyValue("error", e.toString())
                    .log("No file events of macOS here; changes are looked for every few seconds");
            return null;
        }
    }
}
