package dev.quartet.galley.cluster;

import dev.quartet.galley.history.LoggedRevision;
import dev.quartet.galley.history.RevisionContent;
import dev.quartet.galley.history.RevisionDelta;
import dev.quartet.galley.history.Revisions;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;

/// The last revisions of a cluster, by whatever replica they were recorded. An old config is made from one that this Galley
/// remembers, by undoing what came after. Immutable: of one moment.
///
/// @param deltas the oldest first
record ClusterRevisions(List<RevisionDelta> deltas, RevisionKeeper keeper) implements Revisions {
    ClusterRevisions {
        deltas = List.copyOf(deltas);
    }

    @Override
    public boolean records() {
        return true;
    }

    @Override
    public List<LoggedRevision> revisions() {
        return deltas.stream().map(RevisionDelta::revision).toList().reversed();
    }

    @Override
    public RevisionContent content(LoggedRevision revision) throws IOException {
        RevisionContent content = null;
        long later = 0;
        for (var delta : deltas.reversed()) {
            if (later > 0 && delta.revision().number() != later - 1) {
                content = null; // one between them can't be read
            }
            later = delta.revision().number();
            content = keeper.content(delta.revision().id()).orElse(content);
            if (delta.revision().equals(revision)) {
                if (content == null) {
                    throw new IOException(
                            "this Galley has started later and can't work it out; try again in some seconds");
                }
                return content;
            }
            if (content != null) {
                content = delta.undone(content);
            }
        }
        throw new NoSuchFileException(RevisionSlots.name(revision.number()));
    }
}
