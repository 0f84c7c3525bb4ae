package dev.quartet.galley.history;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A revision as what it has changed, for where there is no room for whole ones.
///
/// @param before the changed resources as they were; null: nobody knows, or it was too much to keep
/// @param after as they are since
public record RevisionDelta(
        LoggedRevision revision, @Nullable RevisionContent before, RevisionContent after) {
    private static final String BEFORE = "before";
    private static final String AFTER = "after";

    /// What a config has become.
    public static RevisionDelta of(LoggedRevision revision, RevisionDiff diff) {
        var before = new TreeMap<>(RevisionContent.NOTHING.resources());
        var after = new TreeMap<>(RevisionContent.NOTHING.resources());
        for (var change : diff.changes()) {
            if (change.before() != null) {
                before.put(change.key(), change.before());
            }
            if (change.after() != null) {
                after.put(change.key(), change.after());
            }
        }
        return new RevisionDelta(revision, new RevisionContent(before), new RevisionContent(after));
    }

    /// Who and what, without the resources.
    public RevisionDelta bare() {
        return new RevisionDelta(revision, null, RevisionContent.NOTHING);
    }

    /// The same without the names of what has changed.
    public RevisionDelta nameless() {
        var nameless =
                new LoggedRevision(
                        revision.number(),
                        revision.id(),
                        revision.at(),
                        revision.cause(),
                        List.of(),
                        List.of(),
                        List.of());
        return new RevisionDelta(nameless, before, after);
    }

    /// By names that a Secret's data may have.
    public Map<String, byte[]> encoded() {
        var files = new TreeMap<String, byte[]>();
        if (before != null) {
            files.put(BEFORE, RevisionFile.of(revision, before).bytes());
        }
        files.put(AFTER, RevisionFile.of(revision, after).bytes());
        return files;
    }

    /// @throws IOException when it is not what Galley writes
    public static RevisionDelta decode(Map<String, byte[]> files) throws IOException {
        var after = files.get(AFTER);
        if (after == null) {
            throw new RevisionFile.BrokenException("there is no " + AFTER);
        }
        var file = RevisionFile.read(after);
        var before = files.get(BEFORE);
        return new RevisionDelta(
                file.revision(),
                before == null ? null : RevisionFile.read(before).content(),
                file.content());
    }

    /// The config before, from the one after.
    ///
    /// @throws IOException when nobody knows
    public RevisionContent undone(RevisionContent now) throws IOException {
        if (before == null) {
            throw new IOException(
                    "what revision %s has changed was not recorded".formatted(revision.name()));
        }
        var resources = new TreeMap<>(now.resources());
        resources.keySet().removeAll(after.resources().keySet());
        resources.putAll(before.resources());
        return new RevisionContent(resources);
    }
}
