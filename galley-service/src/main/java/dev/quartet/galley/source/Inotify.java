package dev.quartet.galley.source;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Linux's own events (inotify(7)), which say when a writer has closed its file; the JDK's do not. Calls the C library; where that
/// does not work, [#isHere] is false.
final class Inotify implements FileEvents {
    private static final Logger LOGGER = LoggerFactory.getLogger(Inotify.class);

    private static final int IN_MODIFY = 0x2;
    private static final int IN_CLOSE_WRITE = 0x8;
    private static final int IN_MOVED_FROM = 0x40;
    private static final int IN_MOVED_TO = 0x80;
    private static final int IN_CREATE = 0x100;
    private static final int IN_DELETE = 0x200;
    private static final int IN_DELETE_SELF = 0x400;
    private static final int IN_MOVE_SELF = 0x800;
    private static final int IN_UNMOUNT = 0x2000;
    private static final int IN_Q_OVERFLOW = 0x4000;
    private static final int IN_IGNORED = 0x8000;
    private static final int IN_ISDIR = 0x40000000;
    private static final int IN_ONLYDIR = 0x1000000;
    private static final int WATCHED =
            IN_MODIFY
                    | IN_CLOSE_WRITE
                    | IN_MOVED_FROM
                    | IN_MOVED_TO
                    | IN_CREATE
                    | IN_DELETE
                    | IN_DELETE_SELF
                    | IN_MOVE_SELF
                    | IN_ONLYDIR;

    private static final int IN_CLOEXEC = 0x80000;
    private static final int IN_NONBLOCK = 0x800;
    private static final short POLLIN = 1;

    /// An event without its name: watch, mask, cookie, length of the name.
    private static final int EVENT_BYTES = 16;

    private static final int BUFFER_BYTES = 64 << 10;

    private final Library library;
    private final int events;
    private final int wake;
    private final Map<Integer, Path> folders = new HashMap<>();
    private final ReentrantLock open = new ReentrantLock();
    private volatile boolean closed;

    private Inotify(Library library, int events, int wake) {
        this.library = library;
        this.events = events;
        this.wake = wake;
    }

    static boolean isHere() {
        return Library.HERE != null;
    }

    static Inotify open() throws IOException {
        var library = Library.HERE;
        if (library == null) {
            throw new IOException("there is no inotify here");
        }
        int events = library.inotifyInit(IN_CLOEXEC | IN_NONBLOCK);
        int wake = library.eventfd(0, IN_CLOEXEC | IN_NONBLOCK);
        return new Inotify(library, events, wake);
    }

    @Override
    public void watch(Path folder) throws IOException {
        open.lock();
        try {
            if (closed) {
                throw new ClosedWatchServiceException();
            }
            // the kernel gives a folder that is watched already the same number
            folders.put(library.addWatch(events, folder.toString(), WATCHED), folder);
        } finally {
            open.unlock();
        }
    }

    @Override
    public Batch next(Duration limit) throws InterruptedException {
        open.lock();
        try (var arena = Arena.ofConfined()) {
            if (closed) {
                throw new ClosedWatchServiceException();
            }
            var buffer = arena.allocate(BUFFER_BYTES, Integer.BYTES);
            var files = new HashSet<Path>();
            var elsewhere = false;
            var waited = library.poll(arena, limit.toMillis(), events, wake);
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (closed) {
                throw new ClosedWatchServiceException();
            }
            if (!waited) {
                return Batch.TIME_UP;
            }
            for (long length = library.read(events, buffer);
                    length > 0;
                    length = library.read(events, buffer)) {
                elsewhere |= read(buffer.asSlice(0, length), files);
            }
            return new Batch(files, elsewhere, false);
        } catch (IOException e) {
            LOGGER.atWarn()
                    .addKeyValue("error", e.getMessage())
                    .log("File events can't be read; folders are looked through instead");
            return Batch.ELSEWHERE;
        } finally {
            open.unlock();
        }
    }

    /// @return whether something happened that is not in `files`
    private boolean read(MemorySegment buffer, Set<Path> files) {
        var elsewhere = false;
        for (long at = 0; at + EVENT_BYTES <= buffer.byteSize(); ) {
            int watch = buffer.get(ValueLayout.JAVA_INT, at);
            int mask = buffer.get(ValueLayout.JAVA_INT, at + 4);
            int length = buffer.get(ValueLayout.JAVA_INT, at + 12);
            var folder = folders.get(watch);
            if ((mask & IN_IGNORED) != 0) {
                folders.remove(watch);
            } else if (folder == null
                    || length == 0
                    || (mask
                                    & (IN_ISDIR
                                            | IN_Q_OVERFLOW
                                            | IN_UNMOUNT
                                            | IN_DELETE_SELF
                                            | IN_MOVE_SELF))
                            != 0) {
                elsewhere = true;
            } else {
                var file = folder.resolve(buffer.getString(at + EVENT_BYTES));
                var whole =
                        (mask & (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE)) != 0;
                if (whole || Files.isSymbolicLink(file)) {
                    files.add(file);
                } else {
                    // it is being written, and its end will be told
                    files.remove(file);
                }
            }
            at += EVENT_BYTES + length;
        }
        return elsewhere;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        library.wake(wake);
        open.lock(); // whoever waits in the kernel comes back first
        try {
            library.close(events);
            library.close(wake);
        } finally {
            open.unlock();
        }
    }

    /// The functions of the C library that this takes.
    private static final class Library {
        static final @Nullable Library HERE = load();

        private static final MemoryLayout ERRNO = Linker.Option.captureStateLayout();
        private static final VarHandle ERROR =
                ERRNO.varHandle(MemoryLayout.PathElement.groupElement("errno"));
        private static final int EAGAIN = 11;
        private static final int EINTR = 4;

        /// pollfd: descriptor, wanted events, what came.
        private static final long POLLFD_BYTES = 8;

        private final MethodHandle init;
        private final MethodHandle add;
        private final MethodHandle eventfd;
        private final MethodHandle poll;
        private final MethodHandle read;
        private final MethodHandle write;
        private final MethodHandle close;

        private Library(Linker linker) {
            var symbols = linker.defaultLookup();
            var errno = Linker.Option.captureCallState("errno");
            this.init =
                    linker.downcallHandle(
                            symbols.findOrThrow("inotify_init1"),
                            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT),
                            errno);
            this.add =
                    linker.downcallHandle(
                            symbols.findOrThrow("inotify_add_watch"),
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.ADDRESS,
                                    ValueLayout.JAVA_INT),
                            errno);
            this.eventfd =
                    linker.downcallHandle(
                            symbols.findOrThrow("eventfd"),
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_INT),
                            errno);
            this.poll =
                    linker.downcallHandle(
                            symbols.findOrThrow("poll"),
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.ADDRESS,
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_INT),
                            errno);
            this.read =
                    linker.downcallHandle(
                            symbols.findOrThrow("read"),
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.ADDRESS,
                                    ValueLayout.JAVA_LONG),
                            errno);
            this.write =
                    linker.downcallHandle(
                            symbols.findOrThrow("write"),
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.ADDRESS,
                                    ValueLayout.JAVA_LONG),
                            errno);
            this.close =
                    linker.downcallHandle(
                            symbols.findOrThrow("close"),
                            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT),
                            errno);
        }

        private static @Nullable Library load() {
            if (!System.getProperty("os.name").equals("Linux")) {
                return null;
            }
            try {
                return new Library(Linker.nativeLinker());
            } catch (RuntimeException | LinkageError e) {
                LOGGER.atInfo()
                        .addKeyValue("error", e.toString())
                        .log(
                                "No inotify here; a changed file is taken when it rested for a moment");
                return null;
            }
        }

        int inotifyInit(int flags) throws IOException {
            try (var arena = Arena.ofConfined()) {
                var error = arena.allocate(ERRNO);
                return checked("inotify_init1", (int) init.invokeExact(error, flags), error);
            } catch (Throwable e) {
                throw failure(e);
            }
        }

        int eventfd(int value, int flags) throws IOException {
            try (var arena = Arena.ofConfined()) {
                var error = arena.allocate(ERRNO);
                return checked("eventfd", (int) eventfd.invokeExact(error, value, flags), error);
            } catch (Throwable e) {
                throw failure(e);
            }
        }

        int addWatch(int descriptor, String path, int mask) throws IOException {
            try (var arena = Arena.ofConfined()) {
                var error = arena.allocate(ERRNO);
                return checked(
                        "inotify_add_watch of " + path,
                        (int) add.invokeExact(error, descriptor, arena.allocateFrom(path), mask),
                        error);
            } catch (Throwable e) {
                throw failure(e);
            }
        }

        /// Whether one of the descriptors can be read within the time.
        boolean poll(Arena arena, long millis, int... descriptors) throws IOException {
            try {
                var error = arena.allocate(ERRNO);
                var polled = arena.allocate(POLLFD_BYTES * descriptors.length, Integer.BYTES);
                for (int i = 0; i < descriptors.length; i++) {
                    polled.set(ValueLayout.JAVA_INT, i * POLLFD_BYTES, descriptors[i]);
                    polled.set(ValueLayout.JAVA_SHORT, i * POLLFD_BYTES + 4, POLLIN);
                }
                int ready =
                        (int)
                                poll.invokeExact(
                                        error,
                                        polled,
                                        (long) descriptors.length,
                                        (int) Math.min(millis, Integer.MAX_VALUE));
                if (ready < 0 && (int) ERROR.get(error, 0L) == EINTR) {
                    return false;
                }
                return checked("poll", ready, error) > 0;
            } catch (Throwable e) {
                throw failure(e);
            }
        }

        /// @return how many bytes; 0 when there are none now
        long read(int descriptor, MemorySegment buffer) throws IOException {
            try (var arena = Arena.ofConfined()) {
                var error = arena.allocate(ERRNO);
                long length = (long) read.invokeExact(error, descriptor, buffer, buffer.byteSize());
                if (length < 0) {
                    int number = (int) ERROR.get(error, 0L);
                    if (number == EAGAIN || number == EINTR) {
                        return 0;
                    }
                    throw new IOException("read of file events failed with error " + number);
                }
                return length;
            } catch (Throwable e) {
                throw failure(e);
            }
        }

        void wake(int descriptor) {
            try (var arena = Arena.ofConfined()) {
                var one = arena.allocateFrom(ValueLayout.JAVA_LONG, 1L);
                var _ = (long) write.invokeExact(arena.allocate(ERRNO), descriptor, one, 8L);
            } catch (Throwable e) {
                LOGGER.atDebug().setCause(e).log("Reader of file events not woken");
            }
        }

        void close(int descriptor) {
            try (var arena = Arena.ofConfined()) {
                var _ = (int) close.invokeExact(arena.allocate(ERRNO), descriptor);
            } catch (Throwable e) {
                LOGGER.atDebug().setCause(e).log("File events not closed");
            }
        }

        private static int checked(String call, int result, MemorySegment error)
                throws IOException {
            if (result < 0) {
                throw new IOException(
                        "%s failed with error %d".formatted(call, (int) ERROR.get(error, 0L)));
            }
            return result;
        }

        private static IOException failure(Throwable cause) {
            return cause instanceof IOException io
                    ? io
                    : new IOException("the C library can't be called", cause);
        }
    }
}
