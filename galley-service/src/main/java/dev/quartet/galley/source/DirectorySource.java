package dev.quartet.galley.source;

import dev.quartet.admin.StartupFailure;
import dev.quartet.config.FieldPath;
import dev.quartet.config.Position;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.read.ReadResource;
import dev.quartet.identity.PrivateFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A directory that is watched with all its folders: `*.yaml`, `*.yml`, `*.json`, hidden ones left out.
///
/// A change is looked at once the tree was quiet and the file unchanged for 150 ms, so that one under way is not read by half; the tree is
/// also looked through every 5 s, for file systems that report nothing. A file with an error keeps its last good version
/// in force, over a restart too (a copy lies in the state folder), and its problems are shown. When the whole directory
/// is gone, all stays as it was. One virtual thread works until [#close]; [#content] is safe from any thread.
public final class DirectorySource implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(DirectorySource.class);
    private static final Duration QUIET = Duration.ofMillis(150);
    private static final Duration QUIET_AT_MOST = Duration.ofSeconds(2);
    private static final Duration LOOK_THROUGH = Duration.ofSeconds(5);
    private static final int MAX_FILE_BYTES = 16 << 20;
    private static final int MAX_DEPTH = 16;

    /// How a file looked from outside; equal looks mean equal content.
    private record Look(long sizeBytes, long modifiedNanos, @Nullable Object id) {}

    /// @param good the last version without errors, null when there was none
    /// @param problems of the present version
    private record Tracked(Look look, @Nullable ConfigFile good, List<Problem> problems) {}

    private final Path root;
    private final StateFolder state;
    private final Clock clock;
    private final WatchService watcher;
    private final Map<WatchKey, Path> watched = new HashMap<>();
    private SortedMap<String, Tracked> files = new TreeMap<>();

    /// A file was written to so lately that its writer may not be done.
    private boolean unsettled;

    private volatile SourceContent content;
    private volatile @Nullable Thread thread;

    /// Reads the directory once.
    ///
    /// @throws StartupFailure when it is not there
    public DirectorySource(Path root, StateFolder state, Clock clock) {
        this.clock = clock;
        this.root = root;
        this.state = state;
        if (!Files.isDirectory(root)) {
            throw new StartupFailure(
                    "the config directory %s is not there".formatted(root),
                    "make it, or leave quartet.galley.config-dir out");
        }
        try {
            this.watcher = root.getFileSystem().newWatchService();
        } catch (IOException e) {
            throw new UncheckedIOException("can't watch " + root, e);
        }
        this.content = new SourceContent(Origin.DIRECTORY, List.of(), List.of());
        look(true);
    }

    /// Calls `changed` after each change of the content, from one thread.
    public void watch(Runnable changed) {
        thread = Thread.ofVirtual().name("config-directory").start(() -> follow(changed));
    }

    public SourceContent content() {
        return content;
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
        var running = thread;
        if (running != null) {
            running.interrupt();
        }
    }

    private void follow(Runnable changed) {
        try {
            // Changed between the constructor's look and now.
            var untold = look(false);
            while (true) {
                untold = untold && !tell(changed);
                var pause = unsettled ? QUIET : LOOK_THROUGH;
                var key = watcher.poll(pause.toMillis(), TimeUnit.MILLISECONDS);
                if (key != null) {
                    drain(key);
                    awaitQuiet();
                }
                untold |= look(false);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ClosedWatchServiceException e) {
            LOGGER.atDebug().log("Config directory is no longer watched");
        }
    }

    /// A bug in what follows must not end the watch; it is told again at the next look.
    private static boolean tell(Runnable changed) {
        try {
            changed.run();
            return true;
        } catch (RuntimeException e) {
            LOGGER.atError().setCause(e).log("Changed config directory not taken over");
            return false;
        }
    }

    private void awaitQuiet() throws InterruptedException {
        var end = System.nanoTime() + QUIET_AT_MOST.toNanos();
        while (System.nanoTime() < end) {
            var more = watcher.poll(QUIET.toMillis(), TimeUnit.MILLISECONDS);
            if (more == null) {
                return;
            }
            drain(more);
        }
    }

    private void drain(WatchKey key) {
        key.pollEvents();
        if (!key.reset()) {
            watched.remove(key);
        }
    }

    /// Looks through the tree. Returns whether the content has changed.
    private boolean look(boolean first) {
        SortedMap<String, Path> paths;
        try {
            paths = walk();
        } catch (IOException | UncheckedIOException e) {
            return unreadable(e);
        }
        unsettled = false;
        var next = new TreeMap<String, Tracked>();
        paths.forEach((name, path) -> {
            var tracked = track(name, path, first);
            if (tracked != null) {
                next.put(name, tracked);
            }
        });
        for (var name : files.keySet()) {
            if (!next.containsKey(name)) {
                forget(name);
            }
        }
        if (first) {
            forgetAllBut(next.keySet());
        }
        var changed =
                !next.equals(files)
                        || content.problems().stream().anyMatch(DirectorySource::ofRoot);
        files = next;
        if (changed) {
            content = gather();
        }
        return changed;
    }

    private boolean unreadable(Exception cause) {
        if (content.problems().stream().anyMatch(DirectorySource::ofRoot)) {
            return false;
        }
        LOGGER.atError()
                .addKeyValue("name", root)
                .addKeyValue("error", cause.toString())
                .log("Config directory can't be read, its last content stays in force");
        var problems = new ArrayList<>(content.problems());
        problems.add(
                problem(
                        "",
                        "the config directory can't be read: " + cause,
                        "bring it back; its last content stays in force"));
        content = new SourceContent(Origin.DIRECTORY, content.resources(), problems);
        return true;
    }

    private static boolean ofRoot(Problem problem) {
        return problem.position() != null && problem.position().file().isEmpty();
    }

    private SortedMap<String, Path> walk() throws IOException {
        var found = new TreeMap<String, Path>();
        try (Stream<Path> tree = Files.walk(root, MAX_DEPTH, FileVisitOption.FOLLOW_LINKS)) {
            for (var path : (Iterable<Path>) tree::iterator) {
                var relative = root.relativize(path).toString();
                if (hidden(relative)) {
                    continue;
                }
                if (Files.isDirectory(path)) {
                    watched.put(
                            path.register(
                                    watcher,
                                    StandardWatchEventKinds.ENTRY_CREATE,
                                    StandardWatchEventKinds.ENTRY_DELETE,
                                    StandardWatchEventKinds.ENTRY_MODIFY),
                            path);
                } else if (relative.endsWith(".yaml")
                        || relative.endsWith(".yml")
                        || relative.endsWith(".json")) {
                    found.put(relative, path);
                }
            }
        }
        return found;
    }

    private static boolean hidden(String relative) {
        return relative.startsWith(".") || relative.contains("/.");
    }

    /// Null for a new file that is still being written.
    private @Nullable Tracked track(String name, Path path, boolean first) {
        var before = files.get(name);
        try {
            var attributes = Files.readAttributes(path, BasicFileAttributes.class);
            var look =
                    new Look(
                            attributes.size(),
                            attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS),
                            attributes.fileKey());
            if (before != null && before.look().equals(look)) {
                return before;
            }
            if (!first && lately(look)) {
                unsettled = true;
                return before;
            }
            if (look.sizeBytes() > MAX_FILE_BYTES) {
                return keep(
                        name,
                        look,
                        before,
                        first,
                        List.of(problem(name, "the file has more than 16 MiB", "split it")));
            }
            var text = Files.readString(path);
            var file = ConfigFile.read(name, text);
            if (!file.good()) {
                return keep(name, look, before, first, file.problems());
            }
            remember(name, text);
            return new Tracked(look, file, file.problems());
        } catch (CharacterCodingException e) {
            return keep(
                    name,
                    new Look(0, 0, e.toString()),
                    before,
                    first,
                    List.of(problem(name, "the file is not UTF-8", "save it as UTF-8")));
        } catch (IOException e) {
            return keep(
                    name,
                    new Look(0, 0, e.toString()),
                    before,
                    first,
                    List.of(
                            problem(
                                    name,
                                    "the file can't be read: " + e,
                                    "make it readable for Galley's user")));
        }
    }

    private boolean lately(Look look) {
        var age = Duration.between(Instant.ofEpochSecond(0, look.modifiedNanos()), clock.instant());
        return age.abs().compareTo(QUIET) < 0;
    }

    private Tracked keep(
            String name,
            Look look,
            @Nullable Tracked before,
            boolean first,
            List<Problem> problems) {
        var good = before != null ? before.good() : first ? recall(name) : null;
        if (before == null || !before.problems().equals(problems)) {
            LOGGER.atWarn()
                    .addKeyValue("name", name)
                    .addKeyValue("error", problems)
                    .addKeyValue("kept", good != null)
                    .log("Config file has errors");
        }
        return new Tracked(look, good, problems);
    }

    private static Problem problem(String file, String fault, String fix) {
        return new Problem(
                Reason.MALFORMED_YAML, null, new Position(file, 1), FieldPath.ROOT, fault, fix);
    }

    private SourceContent gather() {
        var good = new ArrayList<ConfigFile>();
        var problems = new ArrayList<Problem>();
        files.values()
                .forEach(file -> {
                    problems.addAll(file.problems());
                    if (file.good() != null) {
                        good.add(file.good());
                    }
                });
        problems.addAll(ConfigFile.duplicates(good));
        var seen = new HashSet<dev.quartet.config.ResourceKey>();
        List<ReadResource> resources =
                good.stream()
                        .flatMap(file -> file.resources().stream())
                        .filter(read -> seen.add(read.resource().key()))
                        .toList();
        return new SourceContent(Origin.DIRECTORY, resources, problems);
    }

    private Path copyOf(String name) throws IOException {
        return state.lastGood().resolve(URLEncoder.encode(name, StandardCharsets.UTF_8));
    }

    private void remember(String name, String text) {
        try {
            var copy = copyOf(name);
            if (!StateFolder.readIfThere(copy).equals(text)) {
                PrivateFiles.write(copy, text);
            }
        } catch (IOException e) {
            LOGGER.atWarn()
                    .addKeyValue("name", name)
                    .addKeyValue("error", e.toString())
                    .log("Last good version of a config file can't be kept over a restart");
        }
    }

    private @Nullable ConfigFile recall(String name) {
        try {
            var text = StateFolder.readIfThere(copyOf(name));
            var file = ConfigFile.read(name, text);
            return text.isEmpty() || !file.good() ? null : file;
        } catch (IOException e) {
            LOGGER.atWarn()
                    .addKeyValue("name", name)
                    .addKeyValue("error", e.toString())
                    .log("Last good version of a config file can't be read");
            return null;
        }
    }

    private void forget(String name) {
        try {
            Files.deleteIfExists(copyOf(name));
        } catch (IOException e) {
            LOGGER.atDebug()
                    .addKeyValue("name", name)
                    .addKeyValue("error", e.toString())
                    .log("Copy is left over");
        }
    }

    /// Files that went while Galley was down.
    private void forgetAllBut(Set<String> names) {
        var kept = new HashSet<String>();
        names.forEach(name -> kept.add(URLEncoder.encode(name, StandardCharsets.UTF_8)));
        try (var copies = Files.list(state.lastGood())) {
            for (var copy : copies.toList()) {
                if (!kept.contains(copy.getFileName().toString())) {
                    Files.deleteIfExists(copy);
                }
            }
        } catch (IOException e) {
            LOGGER.atDebug().addKeyValue("error", e.toString()).log("Copies are left over");
        }
    }
}
