package dev.quartet.galley.history;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/// What was in force, one revision after the other. Reads are safe from any thread.
public interface Revisions {
    /// How many signs of an id name a revision: fewer are easily a number.
    int SHORTEST_ID = 6;

    /// Whether changes are recorded at all.
    boolean records();

    /// The newest first.
    List<LoggedRevision> revisions();

    /// The whole config of one.
    ///
    /// @throws java.nio.file.NoSuchFileException when it has made room meanwhile
    /// @throws IOException when it can't be read
    RevisionContent content(LoggedRevision revision) throws IOException;

    /// Those that a user may mean: by number, or by the first signs of an id, of each such id the newest.
    default List<LoggedRevision> find(String name) {
        var ids = new HashSet<String>();
        return revisions().stream()
                .filter(revision ->
                        Long.toString(revision.number()).equals(name)
                                || name.length() >= SHORTEST_ID
                                        && revision.id().startsWith(name)
                                        && ids.add(revision.id()))
                .toList();
    }

    /// The one that was in force before.
    default Optional<LoggedRevision> before(LoggedRevision revision) {
        return revisions().stream().filter(it -> it.number() < revision.number()).findFirst();
    }
}
