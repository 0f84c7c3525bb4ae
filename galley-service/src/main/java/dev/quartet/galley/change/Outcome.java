package dev.quartet.galley.change;

import dev.quartet.config.Problem;
import dev.quartet.config.ResourceKey;
import dev.quartet.galley.history.LoggedRevision;
import dev.quartet.galley.source.Origin;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What became of a change.
public sealed interface Outcome {

    /// @param after in force now, or, for a dry run, what would be
    /// @param logged as what it is recorded; null for a dry run, and when nothing is new
    /// @param missing what was to be deleted and is not there
    /// @param uncovered deleted resources that a source of lower precedence has too, which is in force now
    /// @param warnings problems of the changed resources, and new ones of others, that refuse nothing
    /// @param untouched what is not as it was in the revision of a rollback
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
            List<Problem> warnings,
            List<Untouched> untouched)
            implements Outcome {
        public Accepted {
            created = List.copyOf(created);
            changed = List.copyOf(changed);
            unchanged = List.copyOf(unchanged);
            deleted = List.copyOf(deleted);
            missing = List.copyOf(missing);
            uncovered = List.copyOf(uncovered);
            warnings = List.copyOf(warnings);
            untouched = List.copyOf(untouched);
        }

        /// @param origin of what REST changes
        static Accepted of(
                ConfigState before,
                ConfigState after,
                @Nullable LoggedRevision logged,
                Proposal proposal,
                Origin origin,
                List<Problem> warnings) {
            var created = new ArrayList<ResourceKey>();
            var changed = new ArrayList<ResourceKey>();
            var unchanged = new ArrayList<ResourceKey>();
            var deleted = new ArrayList<ResourceKey>();
            var uncovered = new ArrayList<ResourceKey>();
            for (var key : proposal.touched()) {
                var old = before.config().entries().get(key);
                var now = after.config().entries().get(key);
                if (now == null) {
                    deleted.add(key);
                } else if (old == null) {
                    created.add(key);
                } else if (old.origin() == origin && now.origin() != origin) {
                    deleted.add(key);
                    uncovered.add(key);
                } else if (old.resource().version().equals(now.resource().version())) {
                    unchanged.add(key);
                } else {
                    changed.add(key);
                }
            }
            return new Accepted(
                    before,
                    after,
                    logged,
                    created,
                    changed,
                    unchanged,
                    deleted,
                    proposal.missing(),
                    uncovered,
                    warnings,
                    List.of());
        }

        /// The same, when all is not as it was.
        public Accepted leaving(List<Untouched> others) {
            return new Accepted(
                    before, after, logged, created, changed, unchanged, deleted, missing, uncovered,
                    warnings, others);
        }
    }

    /// What a rollback does not bring back, since it is not REST's.
    ///
    /// @param why where it is, or was
    record Untouched(ResourceKey resource, String why) {}

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

    /// Kubernetes has not stored it. Nothing has changed.
    ///
    /// @param cause whose fault it is
    /// @param text what was in the way, and what to do
    record NotStored(Cause cause, String text) implements Outcome {
        public enum Cause {
            /// The apiserver refuses it.
            REFUSED,
            /// Somebody else changes config at the moment.
            BUSY,
            /// The apiserver does not answer, or not as it should.
            AWAY
        }
    }

    /// What is to be deleted is not REST's. Nothing has changed.
    record NotApplied(List<ResourceKey> resources, List<String> places) implements Outcome {
        public NotApplied {
            resources = List.copyOf(resources);
            places = List.copyOf(places);
        }
    }
}
