package dev.quartet.galley.history;

import dev.quartet.admin.StartupFailure;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.read.ReadResource;
import dev.quartet.galley.process.JudgedConfig;
import dev.quartet.galley.source.StateFolder;
import dev.quartet.identity.PrivateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What was in force, one revision after the other, in the state folder; the oldest make room.
///
/// A change by REST is two files, this log's and [dev.quartet.galley.source.AppliedSource]'s: [#prepare] writes the first under a name that
/// does not count yet, then the other is replaced, then [#commit] gives the first its name. Who is killed in between finds
/// at the next start whether the other was replaced, and goes on from there.
///
/// Reads are safe from any thread; writes come one at a time.
public final class History implements Revisions {
    private static final Logger LOGGER = LoggerFactory.getLogger(History.class);
    private static final String PENDING = ".pending";

    /// A revision that is on disk and does not count yet.
    public record Draft(LoggedRevision revision, RevisionContent content) {}

    /// @param revisions the oldest first
    /// @param newest of the last one
    private record Known(List<LoggedRevision> revisions, RevisionContent newest) {
        Known {
            revisions = List.copyOf(revisions);
        }
    }

    private final Path folder;
    private final int kept;
    private final boolean records;
    private final Clock clock;
    private volatile Known known;
    private long nextNumber;

    private History(Path folder, int kept, boolean records, Clock clock) {
        this.folder = folder;
        this.kept = kept;
        this.records = records;
        this.clock = clock;
        this.known = new Known(List.of(), RevisionContent.NOTHING);
    }

    /// @param applied what is applied by REST now
    /// @param kept how many revisions stay
    /// @param records false: only what an earlier run has recorded is shown
    /// @throws StartupFailure when the folder can't be used, or is of a newer Galley
    public static History open(
            StateFolder state,
            Map<ResourceKey, ReadResource> applied,
            int kept,
            boolean records,
            Clock clock) {
        var history = new History(state.revisions(), kept, records, clock);
        try {
            history.load(applied);
        } catch (IOException e) {
            throw new StartupFailure(
                    "the revisions in %s can't be read: %s".formatted(history.folder, e),
                    "make the folder and its files readable and writable for Galley's user",
                    e);
        }
        return history;
    }

    private void load(Map<ResourceKey, ReadResource> applied) throws IOException {
        for (var left : files(name -> name.startsWith(".") && name.endsWith(".tmp"))) {
            Files.deleteIfExists(left);
        }
        for (var pending : files(name -> name.endsWith(PENDING))) {
            settle(pending, applied);
        }
        var paths = files(name -> RevisionFile.NAME.matcher(name).matches());
        var revisions = new ArrayList<LoggedRevision>();
        for (var path : paths) {
            try {
                revisions.add(RevisionFile.read(path).revision());
            } catch (IOException e) {
                skipped(path, e);
            }
        }
        nextNumber = paths.isEmpty() ? 1 : number(paths.getLast()) + 1;
        known = new Known(revisions, newestContent(revisions));
        prune();
    }

    /// Of the last one that can be read; those after it are taken out.
    private RevisionContent newestContent(List<LoggedRevision> revisions) {
        while (!revisions.isEmpty()) {
            var path = path(revisions.getLast());
            try {
                return RevisionFile.read(path).content();
            } catch (IOException e) {
                skipped(path, e);
                revisions.removeLast();
            }
        }
        return RevisionContent.NOTHING;
    }

    private static void skipped(Path path, IOException cause) {
        LOGGER.atWarn()
                .addKeyValue("name", path)
                .addKeyValue("error", cause.getMessage())
                .log("Revision can't be read and is left out");
    }

    /// What was being written when Galley ended: a revision when what REST applies is that of it, else nothing.
    private void settle(Path pending, Map<ResourceKey, ReadResource> applied) throws IOException {
        var done = false;
        try {
            var file = RevisionFile.read(pending);
            done = versions(file.content()).equals(versionsOf(applied));
        } catch (IOException e) {
            skipped(pending, e);
        }
        if (done) {
            Files.move(pending, counting(pending), StandardCopyOption.ATOMIC_MOVE);
        } else {
            Files.deleteIfExists(pending);
        }
    }

    private static Path counting(Path pending) {
        var name = pending.getFileName().toString();
        return pending.resolveSibling(name.substring(0, name.length() - PENDING.length()));
    }

    private static Map<ResourceKey, String> versions(RevisionContent content) {
        var versions = new TreeMap<ResourceKey, String>();
        content.applied().forEach((key, kept) -> versions.put(key, kept.version()));
        return versions;
    }

    private static Map<ResourceKey, String> versionsOf(Map<ResourceKey, ReadResource> applied) {
        var versions = new TreeMap<ResourceKey, String>();
        applied.forEach((key, read) -> versions.put(key, read.resource().version()));
        return versions;
    }

    /// In the order of their numbers.
    private List<Path> files(Predicate<String> wanted) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(path -> wanted.test(path.getFileName().toString()))
                    .sorted(Comparator.comparingLong(History::number))
                    .toList();
        }
    }

    private static long number(Path path) {
        var matcher = RevisionFile.NAME.matcher(path.getFileName().toString());
        return matcher.lookingAt() ? Long.parseLong(matcher.group(1)) : 0;
    }

    private Path path(LoggedRevision revision) {
        return folder.resolve(RevisionFile.name(revision));
    }

    private Path pending(Draft draft) {
        return folder.resolve(RevisionFile.name(draft.revision()) + PENDING);
    }

    @Override
    public boolean records() {
        return records;
    }

    @Override
    public List<LoggedRevision> revisions() {
        return known.revisions().reversed();
    }

    @Override
    public RevisionContent content(LoggedRevision revision) throws IOException {
        var now = known;
        return !now.revisions().isEmpty() && now.revisions().getLast().equals(revision)
                ? now.newest()
                : RevisionFile.read(path(revision)).content();
    }

    /// Records what is in force, unless that is recorded already.
    ///
    /// @throws IOException when the disk refuses; nothing is recorded then
    public void record(Cause cause, String id, JudgedConfig config) throws IOException {
        prepare(cause, id, config).ifPresent(this::commit);
    }

    /// Writes what is about to come into force; it counts from [#commit] on. Empty when there is nothing new in it.
    ///
    /// @throws IOException when the disk refuses; nothing has changed then
    public Optional<Draft> prepare(Cause cause, String id, JudgedConfig config) throws IOException {
        if (!records) {
            return Optional.empty();
        }
        var before = known;
        var content = RevisionContent.of(config, before.newest());
        var diff = RevisionDiff.between(before.newest(), content);
        if (diff.changes().isEmpty()
                && !before.revisions().isEmpty()
                && before.revisions().getLast().id().equals(id)) {
            return Optional.empty();
        }
        var revision =
                new LoggedRevision(
                        nextNumber,
                        id,
                        clock.instant(),
                        cause,
                        diff.keys(ResourceChange.Kind.CREATED),
                        diff.keys(ResourceChange.Kind.CHANGED),
                        diff.keys(ResourceChange.Kind.DELETED));
        var draft = new Draft(revision, content);
        PrivateFiles.write(pending(draft), RevisionFile.of(revision, content).bytes());
        return Optional.of(draft);
    }

    /// What was prepared is in force.
    public LoggedRevision commit(Draft draft) {
        var revision = draft.revision();
        try {
            Files.move(pending(draft), path(revision), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            LOGGER.atError()
                    .addKeyValue("version", revision.id())
                    .addKeyValue("error", e.toString())
                    .log("Revision is in force and its file can't be given its name");
        }
        var revisions = new ArrayList<>(known.revisions());
        revisions.add(revision);
        known = new Known(revisions, draft.content());
        nextNumber++;
        prune();
        return revision;
    }

    /// What was prepared did not come into force.
    public void discard(Draft draft) {
        try {
            Files.deleteIfExists(pending(draft));
        } catch (IOException e) {
            LOGGER.atDebug()
                    .addKeyValue("error", e.toString())
                    .log("Draft of a revision is left over until the next start");
        }
    }

    private void prune() {
        var all = known.revisions();
        if (all.size() <= kept) {
            return;
        }
        var staying = all.subList(all.size() - kept, all.size());
        known = new Known(staying, known.newest());
        try {
            for (var path : files(name -> RevisionFile.NAME.matcher(name).matches())) {
                if (number(path) < staying.getFirst().number()) {
                    Files.deleteIfExists(path);
                }
            }
        } catch (IOException e) {
            LOGGER.atWarn()
                    .addKeyValue("error", e.toString())
                    .log("Old revisions can't be taken away");
        }
    }
}
