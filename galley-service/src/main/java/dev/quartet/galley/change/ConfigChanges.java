package dev.quartet.galley.change;

import dev.quartet.config.ResourceKey;
import dev.quartet.galley.history.LoggedRevision;
import dev.quartet.galley.history.RevisionContent;
import dev.quartet.galley.source.ConfigFile;
import java.io.IOException;
import java.util.Collection;
import java.util.List;

/// Changes by REST, each all or nothing. Thread-safe.
public interface ConfigChanges {
    /// Takes all documents of all files, or none.
    ///
    /// @throws IOException when the disk refuses; nothing has changed then
    Outcome apply(List<ConfigFile> files, Terms terms) throws IOException;

    /// Deletes resources.
    ///
    /// @throws IOException when the disk refuses; nothing has changed then
    Outcome delete(Collection<ResourceKey> keys, Terms terms) throws IOException;

    /// Puts what REST can change back to what it was in a revision. What lives in the directory now stays as it is there.
    ///
    /// @throws IOException when the disk refuses; nothing has changed then
    Outcome rollback(LoggedRevision revision, RevisionContent then, Terms terms) throws IOException;
}
