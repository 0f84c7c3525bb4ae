package dev.quartet.galley.source;

import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.Watchable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Says what a test lets it say. As with every watch service, a key that was taken is silent until it is reset.
final class FakeWatchService implements WatchService {
    private final LinkedBlockingQueue<Key> signalled = new LinkedBlockingQueue<>();
    private final Map<Path, Key> keys = new HashMap<>();
    private final List<Path> registered = new ArrayList<>();
    private final CountDownLatch waiting = new CountDownLatch(1);
    private final Key end = new Key(Path.of(""));
    private @Nullable RuntimeException refusal;
    private volatile boolean closed;

    Watchable watchable(Path folder) {
        return new Watchable() {
            @Override
            public WatchKey register(
                    WatchService service,
                    WatchEvent.Kind<?>[] kinds,
                    WatchEvent.Modifier... modifiers) {
                return register(service, kinds);
            }

            @Override
            public WatchKey register(WatchService service, WatchEvent.Kind<?>... kinds) {
                if (closed) {
                    throw new ClosedWatchServiceException();
                }
                if (refusal != null) {
                    throw refusal;
                }
                registered.add(folder);
                var key = new Key(folder);
                keys.put(folder, key);
                return key;
            }
        };
    }

    /// Of the last registration.
    Key key(Path folder) {
        return Objects.requireNonNull(keys.get(folder));
    }

    /// In their order.
    List<Path> registered() {
        return registered;
    }

    void refuse(RuntimeException why) {
        refusal = why;
    }

    /// Is over when somebody waits for an event.
    CountDownLatch waiting() {
        return waiting;
    }

    @Override
    public @Nullable WatchKey poll() {
        return given(signalled.poll());
    }

    @Override
    public @Nullable WatchKey poll(long timeout, TimeUnit unit) throws InterruptedException {
        waiting.countDown();
        return given(signalled.poll(timeout, unit));
    }

    @Override
    public WatchKey take() {
        throw new UnsupportedOperationException();
    }

    private @Nullable Key given(@Nullable Key key) {
        if (closed) {
            signalled.add(end); // for others who wait
            throw new ClosedWatchServiceException();
        }
        return key;
    }

    @Override
    public void close() {
        closed = true;
        signalled.add(end);
    }

    final class Key implements WatchKey {
        private final Path folder;
        private final List<WatchEvent<?>> events = new ArrayList<>();
        private boolean taken;
        private boolean valid = true;

        Key(Path folder) {
            this.folder = folder;
        }

        void post(WatchEvent.Kind<?> kind, Path path) {
            events.add(new Event<>(kind, path));
            signal();
        }

        private void signal() {
            if (!taken) {
                taken = true;
                signalled.add(this);
            }
        }

        @Override
        public boolean isValid() {
            return valid && !closed;
        }

        @Override
        public List<WatchEvent<?>> pollEvents() {
            var told = List.copyOf(events);
            events.clear();
            return told;
        }

        @Override
        public boolean reset() {
            taken = false;
            if (!events.isEmpty()) {
                signal();
            }
            return isValid();
        }

        @Override
        public void cancel() {
            valid = false;
        }

        @Override
        public Watchable watchable() {
            return folder;
        }
    }

    private record Event<T>(WatchEvent.Kind<T> kind, Path path) implements WatchEvent<T> {
        @Override
        public int count() {
            return 1;
        }

        @Override
        public T context() {
            return kind.type().cast(path);
        }
    }
}
