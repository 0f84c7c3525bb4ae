package dev.quartet.galley.change;

import dev.quartet.config.Problem;
import dev.quartet.config.ResourceKey;
import dev.quartet.galley.history.LoggedRevision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What became of a change.
public sealed interface Outcome {

    /// @param after in force now, or, for a dry run, what would be
    /// @param logged as what it is recorded; null for a dry run, and when nothing is new
    /// @param missing what was to be deleted and is not there
    /// @param uncovered deleted resources that a source of lower precedence has too, which is in force now
    /// @param warnings problems of the changed resources, and new ones of others, that refuse nothing
    record Accepted(
            ConfigState before,
            ConfigState after,
            @Nullable LoggedRevision logged,
            List<ResourceKey> created,
            List<ResourceKey> changed,
            List<ResourceKey> unchanged,
            List<ResourceKey> deleted,
            List<ResourceKey> missing,
            List<ResourceKey> uncovered,
            List<Problem> warnings)
            implements Outcome {
        public Accepted {
            created = List.copyOf(created);
            changed = List.copyOf(changed);
            unchanged = List.copyOf(unchanged);
            deleted = List.copyOf(deleted);
            missing = List.copyOf(missing);
            uncovered = List.copyOf(uncovered);
            warnings = List.copyOf(warnings);
        }
    }

    /// Nothing has changed.
    ///
    /// @param problems errors first, then the warnings
    record Refused(List<Problem> problems) implements Outcome {
        public Refused {
            problems = List.copyOf(problems);
        }
    }

    /// The precondition does not hold. Nothing has changed.
    ///
    /// @param resource that it is about; null: the whole config
    /// @param current the version of that resource, or the revision, that is in force; null when there is no such resource
    record Stale(@Nullable ResourceKey resource, @Nullable String current) implements Outcome {}

    /// What is to be deleted is not REST's. Nothing has changed.
    record NotApplied(List<ResourceKey> resources, List<String> places) implements Outcome {
        public NotApplied {
            resources = List.copyOf(resources);
            places = List.copyOf(places);
        }
    }
}
