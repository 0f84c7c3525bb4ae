package dev.quartet.galley.source;

import dev.quartet.admin.StartupFailure;
import dev.quartet.config.FieldPath;
import dev.quartet.config.Position;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.read.KnownDocuments;
import dev.quartet.config.read.ReadResource;
import dev.quartet.config.write.ResourceWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A directory that is watched with all its folders: `*.yaml`, `*.yml`, `*.json`, hidden ones left out.
///
/// Where the system tells that a file was closed or moved in (Linux), it is read at once, and what adds or changes resources and makes
/// no new problem goes on at once; the rest waits until the tree was quiet for 150 ms, since more of the change may be on its way.
/// Elsewhere, macOS too, a change is
/// looked at once the tree was quiet and the file unchanged for 150 ms, so that one under way is not read by half. The tree is also
/// looked through every 5 s, for file systems that report nothing. A resource with an error keeps its last good version in force, over a
/// restart too ([LastGoodCopies]), the others of the file come into force, and the problems are shown. When the whole directory is gone, all stays as it was. One virtual
/// thread works until [#close]; [#content] is safe from any thread.
public final class DirectorySource implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(DirectorySource.class);
    private static final Duration QUIET = Duration.ofMillis(150);
    private static final Duration QUIET_AT_MOST = Duration.ofSeconds(2);
    private static final Duration LOOK_THROUGH = Duration.ofSeconds(5);
    private static final Duration TO_END = Duration.ofSeconds(10);
    private static final int MAX_FILE_BYTES = 16 << 20;

    /// How a file looked from outside; equal looks mean equal content.
    private record Look(long sizeBytes, long modifiedNanos, @Nullable Object id) {}

    /// Told of changes of the content, from one thread.
    public interface Changes {
        /// Takes the content if it makes no new problem; else the rest of the change is waited for.
        ///
        /// @return whether it was taken
        boolean offer();

        /// Takes the content, whatever is wrong with it.
        void take();
    }

    /// @param inForce the present version of what has no error, the last good one of what has
    /// @param problems of the present version
    /// @param faultless documents of the version that was read last
    private record Tracked(
            Look look,
            List<ReadResource> inForce,
            List<Problem> problems,
            KnownDocuments faultless) {}

    private final Path root;
    private final LastGoodCopies copies;
    private final Clock clock;
    private final FileEvents events;

    /// During the first look.
    private @Nullable ReadAhead ahead;

    /// Texts of what is in force, in no copy yet.
    private final Map<String, String> uncopied = new HashMap<>();

    private SortedMap<String, Tracked> files = new TreeMap<>();

    /// In the files.
    private final Occurrences occurrences = new Occurrences();

    /// At the last look at single files some resource went: it may come back in another file of the same change.
    private boolean lost;

    /// A file was written to so lately that its writer may not be done.
    private boolean unsettled;

    private volatile SourceContent content;
    private volatile @Nullable Thread thread;

    /// Reads the directory once.
    ///
    /// @param ahead of the same directory
    /// @throws StartupFailure when it is not there
    public DirectorySource(Path root, ReadAhead ahead, StateFolder state, Clock clock) {
        this(root, ahead, state, clock, () -> FileEvents.of(root));
    }

    /// What tells of changes in the directory.
    interface Watch {
        FileEvents open() throws IOException;
    }

    DirectorySource(Path root, ReadAhead ahead, StateFolder state, Clock clock, Watch watch) {
        this.clock = clock;
        this.root = root;
        this.copies = new LastGoodCopies(state);
        if (!Files.isDirectory(root)) {
            throw new StartupFailure(
                    "the config directory %s is not there".formatted(root),
                    "make it, or leave quartet.galley.config-dir out");
        }
        try {
            this.events = watch.open();
        } catch (IOException e) {
            throw new UncheckedIOException("can't watch " + root, e);
        }
        this.content = new SourceContent(Origin.DIRECTORY, List.of(), List.of());
        this.ahead = ahead;
        look(true);
        this.ahead = null;
    }

    public void watch(Changes changes) {
        thread = Thread.ofVirtual().name("config-directory").start(() -> follow(changes));
    }

    public SourceContent content() {
        return content;
    }

    /// Waits for the copies of what is in force to be written.
    @Override
    public void close() {
        events.close();
        try {
            var running = thread;
            if (running != null && !running.join(TO_END)) {
                running.interrupt();
            } else {
                copy();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void follow(Changes changes) {
        try {
            // Changed between the constructor's look and now.
            var untold = look(false);
            while (true) {
                untold = untold && !tell(changes);
                copy();
                var batch = events.next(unsettled ? QUIET : LOOK_THROUGH);
                if (batch.timeUp()) {
                    untold |= look(false);
                } else if (batch.elsewhere()) {
                    untold |= afterQuiet(batch, false);
                } else if (lookAt(batch.files())) {
                    untold = (lost || !offer(changes)) && afterQuiet(batch, true);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ClosedWatchServiceException e) {
            LOGGER.atDebug().log("Config directory is no longer watched");
        }
    }

    /// A bug in what follows must not end the watch; it is told again at the next look.
    private static boolean tell(Changes changes) {
        try {
            changes.take();
            return true;
        } catch (RuntimeException e) {
            LOGGER.atError().setCause(e).log("Changed config directory not taken over");
            return false;
        }
    }

    private static boolean offer(Changes changes) {
        try {
            return changes.offer();
        } catch (RuntimeException e) {
            LOGGER.atError().setCause(e).log("Changed config directory not taken over");
            return false;
        }
    }

    /// @return whether the content has changed, now or before
    private boolean afterQuiet(FileEvents.Batch first, boolean changed)
            throws InterruptedException {
        var end = System.nanoTime() + QUIET_AT_MOST.toNanos();
        var elsewhere = first.elsewhere();
        var files = new HashSet<Path>();
        while (System.nanoTime() < end) {
            var more = events.next(QUIET);
            if (more.timeUp()) {
                break;
            }
            elsewhere |= more.elsewhere();
            files.addAll(more.files());
        }
        return (elsewhere ? look(false) : lookAt(files)) || changed;
    }

    private void copy() {
        uncopied.forEach(copies::remember);
        uncopied.clear();
    }

    /// Looks at files that are whole, or gone. Returns whether the content has changed.
    private boolean lookAt(Set<Path> paths) {
        if (content.problems().stream().anyMatch(DirectorySource::ofRoot)
                || paths.stream().anyMatch(DirectorySource::leadsElsewhere)) {
            return look(false);
        }
        lost = false;
        var next = new TreeMap<>(files);
        var gone = new ArrayList<String>();
        for (var path : paths) {
            var name = root.relativize(path).toString();
            if (!ConfigTree.isConfig(name)) {
                continue;
            }
            var tracked = Files.exists(path) ? track(name, path, false, true) : null;
            lost |= !keys(tracked).containsAll(keys(files.get(name)));
            if (tracked != null) {
                next.put(name, tracked);
            } else if (next.remove(name) != null) {
                gone.add(name);
            }
        }
        if (!gone.isEmpty() && rootIsGone()) {
            return unreadable(new NoSuchFileException(root.toString()));
        }
        gone.forEach(this::forget);
        return replace(next);
    }

    private static Set<ResourceKey> keys(@Nullable Tracked tracked) {
        return tracked == null
                ? Set.of()
                : tracked.inForce().stream()
                        .map(read -> read.resource().key())
                        .collect(Collectors.toSet());
    }

    /// Folders, and links to them: `..data` of a ConfigMap's volume.
    private static boolean leadsElsewhere(Path path) {
        return Files.isSymbolicLink(path) || Files.isDirectory(path);
    }

    /// Looks through the tree. Returns whether the content has changed.
    private boolean look(boolean first) {
        ConfigTree tree;
        try {
            tree = ConfigTree.of(root);
        } catch (IOException e) {
            return unreadable(e);
        }
        tree.folders().forEach(this::watch);
        var paths = tree.files();
        unsettled = false;
        var next = new TreeMap<String, Tracked>();
        paths.forEach((name, path) -> {
            var tracked = track(name, path, first, false);
            if (tracked != null) {
                next.put(name, tracked);
            }
        });
        if (rootIsGone()) {
            return unreadable(new NoSuchFileException(root.toString()));
        }
        for (var name : files.keySet()) {
            if (!next.containsKey(name)) {
                forget(name);
            }
        }
        if (first) {
            copies.forgetAllBut(next.keySet());
        }
        return replace(next);
    }

    /// Asked after a look: files that are not there may be missing with the whole directory, and then they stay.
    private boolean rootIsGone() {
        return !Files.isDirectory(root);
    }

    private boolean replace(SortedMap<String, Tracked> next) {
        var changed =
                !next.equals(files)
                        || content.problems().stream().anyMatch(DirectorySource::ofRoot);
        count(files, next);
        files = next;
        if (changed) {
            content = gather();
        }
        return changed;
    }

    private void count(SortedMap<String, Tracked> before, SortedMap<String, Tracked> now) {
        before.forEach((name, old) -> {
            if (!old.inForce().equals(inForce(now.get(name)))) {
                occurrences.remove(old.inForce());
            }
        });
        now.forEach((name, tracked) -> {
            if (!tracked.inForce().equals(inForce(before.get(name)))) {
                occurrences.add(tracked.inForce());
            }
        });
    }

    private static List<ReadResource> inForce(@Nullable Tracked tracked) {
        return tracked == null ? List.of() : tracked.inForce();
    }

    private boolean unreadable(IOException cause) {
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

    private void watch(Path folder) {
        try {
            events.watch(folder);
        } catch (IOException e) {
            LOGGER.atWarn()
                    .addKeyValue("name", folder)
                    .addKeyValue("error", e.getMessage())
                    .log("Folder can't be watched; it is looked through now and then");
        }
    }

    /// Null for a new file that is still being written.
    ///
    /// @param whole whether its writer is known to be done
    private @Nullable Tracked track(String name, Path path, boolean first, boolean whole) {
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
            if (!first && !whole && lately(look)) {
                unsettled = true;
                return before;
            }
            var unread = whyNotRead(name, attributes);
            if (unread != null) {
                return unread(name, look, before, first, unread);
            }
            var text = Files.readString(path);
            var file = read(name, text, faultless(before));
            if (file.good()) {
                uncopied.put(name, text);
                return new Tracked(look, file.resources(), file.problems(), file.faultless());
            }
            var inForce = file.over(inForce(name, before, first));
            uncopied.put(name, text(inForce));
            return broken(
                    name, new Tracked(look, inForce, file.problems(), file.faultless()), before);
        } catch (CharacterCodingException e) {
            return unread(
                    name,
                    new Look(0, 0, e.toString()),
                    before,
                    first,
                    problem(name, "the file is not UTF-8", "save it as UTF-8"));
        } catch (IOException e) {
            return unread(
                    name,
                    new Look(0, 0, e.toString()),
                    before,
                    first,
                    problem(
                            name,
                            "the file can't be read: " + e,
                            "make it readable for Galley's user"));
        }
    }

    /// A pipe, or `/dev/zero`, would be read for ever.
    static @Nullable Problem whyNotRead(String name, BasicFileAttributes attributes) {
        if (attributes.isDirectory()) {
            return problem(
                    name,
                    "the folder lies deeper than %d levels and is not looked into"
                            .formatted(ConfigTree.MAX_DEPTH),
                    "move it up");
        }
        if (!attributes.isRegularFile()) {
            return problem(
                    name,
                    "this is a pipe, a socket or a device and not a file",
                    "put a file in its place, or take it away");
        }
        return attributes.size() > MAX_FILE_BYTES
                ? problem(name, "the file has more than 16 MiB", "split it")
                : null;
    }

    private static KnownDocuments faultless(@Nullable Tracked tracked) {
        return tracked == null ? KnownDocuments.NONE : tracked.faultless();
    }

    private ConfigFile read(String name, String text, KnownDocuments before) {
        return Optional.ofNullable(ahead)
                .flatMap(it -> it.file(name, text))
                .orElseGet(() -> ConfigFile.read(name, text, before));
    }

    private boolean lately(Look look) {
        var age = Duration.between(Instant.ofEpochSecond(0, look.modifiedNanos()), clock.instant());
        return age.abs().compareTo(QUIET) < 0;
    }

    private Tracked unread(
            String name, Look look, @Nullable Tracked before, boolean first, Problem why) {
        return broken(
                name,
                new Tracked(look, inForce(name, before, first), List.of(why), faultless(before)),
                before);
    }

    private static Tracked broken(String name, Tracked now, @Nullable Tracked before) {
        if (before == null || !before.problems().equals(now.problems())) {
            LOGGER.atWarn()
                    .addKeyValue("name", name)
                    .addKeyValue("error", now.problems())
                    .addKeyValue("kept", now.inForce().size())
                    .log("Config file has errors");
        }
        return now;
    }

    /// What is in force of the file until now.
    private List<ReadResource> inForce(String name, @Nullable Tracked before, boolean first) {
        if (before != null) {
            return before.inForce();
        }
        if (!first) {
            return List.of();
        }
        var copy = ConfigFile.read(name, copies.recall(name));
        return copy.good() ? copy.resources() : List.of();
    }

    /// Documents that are in force together and stand in no one version of their file.
    private static String text(List<ReadResource> inForce) {
        return inForce.stream()
                .map(read -> "---\n" + ResourceWriter.yaml(read.resource()))
                .collect(Collectors.joining());
    }

    private void forget(String name) {
        uncopied.remove(name);
        copies.forget(name);
    }

    private static Problem problem(String file, String fault, String fix) {
        return new Problem(
                Reason.MALFORMED_YAML, null, new Position(file, 1), FieldPath.ROOT, fault, fix);
    }

    private SourceContent gather() {
        var inForce = new ArrayList<ReadResource>();
        var problems = new ArrayList<Problem>();
        for (var file : files.values()) {
            problems.addAll(file.problems());
            inForce.addAll(file.inForce());
        }
        if (occurrences.noneTwice()) {
            return new SourceContent(Origin.DIRECTORY, inForce, problems);
        }
        problems.addAll(ConfigFile.duplicates(inForce));
        var seen = new HashSet<ResourceKey>();
        return new SourceContent(
                Origin.DIRECTORY,
                inForce.stream().filter(read -> seen.add(read.resource().key())).toList(),
                problems);
    }
}
