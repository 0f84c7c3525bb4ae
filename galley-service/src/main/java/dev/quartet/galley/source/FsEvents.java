package dev.quartet.galley.source;

import io.methvin.watcher.hashing.FileHasher;
import io.methvin.watchservice.MacOSXListeningWatchService;
import io.methvin.watchservice.WatchablePath;
import org.jspecify.annotations.Nullable;

/// macOS' own events (FSEvents), by directory-watcher and JNA. Only this class names theirs, so that they are loaded on macOS alone.
final class FsEvents {
    private FsEvents() {}

    /// The C library is called by the first [FileEvents#watch], not before.
    static FileEvents open() {
        return new WatchedTrees(new MacOSXListeningWatchService(new AtOnce()), WatchablePath::new);
    }

    private static final class AtOnce implements MacOSXListeningWatchService.Config {
        /// Of what follows a first event, which comes at once.
        @Override
        public double latency() {
            return 0.05;
        }

        /// No hashes: every file would be read for them, a pipe for ever. The events then come by file.
        @Override
        public @Nullable FileHasher fileHasher() {
            return null;
        }
    }
}
