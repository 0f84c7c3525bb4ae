package dev.quartet.galley.source;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;

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
        return Inotify.isHere() && root.getFileSystem().provider().getScheme().equals("file")
                ? Inotify.open()
                : new WatchedFolders(root.getFileSystem().newWatchService());
    }
}
