package dev.quartet.galley.history;

import dev.quartet.config.ResourceKey;
import java.time.Instant;
import java.util.List;

/// A config that came into force at a moment. What came back has the id that it had before, and a number of its own.
///
/// @param number counts what was recorded, from 1
/// @param id as sinks and `mesh wait` know it: a hash of the whole content
/// @param created against the one before, as [RevisionDiff] tells it
public record LoggedRevision(
        long number,
        String id,
        Instant at,
        Cause cause,
        List<ResourceKey> created,
        List<ResourceKey> changed,
        List<ResourceKey> deleted) {
    public LoggedRevision {
        created = List.copyOf(created);
        changed = List.copyOf(changed);
        deleted = List.copyOf(deleted);
    }

    /// `12 (3fa9c1d2)`: the form for users.
    public String name() {
        return "%d (%s)".formatted(number, id.substring(0, Math.min(8, id.length())));
    }
}
