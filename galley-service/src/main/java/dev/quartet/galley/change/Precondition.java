package dev.quartet.galley.change;

import dev.quartet.config.ResourceKey;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What must be so at the moment of a change, for those who change what they have looked at before.
public sealed interface Precondition {
    record None() implements Precondition {}

    /// The config in force is one of these revisions.
    record AtRevision(Set<String> revisions) implements Precondition {
        public AtRevision {
            revisions = Set.copyOf(revisions);
        }
    }

    /// The resource in force has one of these versions.
    record AtVersion(ResourceKey resource, Set<String> versions) implements Precondition {
        public AtVersion {
            versions = Set.copyOf(versions);
        }
    }

    record Present(ResourceKey resource) implements Precondition {}

    record Absent(ResourceKey resource) implements Precondition {}

    /// What is in the way; empty when there is nothing.
    default Optional<Outcome.Stale> unmetBy(ConfigState state) {
        return switch (this) {
            case None() -> Optional.empty();
            case AtRevision(var revisions) ->
                    revisions.contains(state.revision())
                            ? Optional.empty()
                            : Optional.of(new Outcome.Stale(null, state.revision()));
            case AtVersion(var resource, var versions) -> {
                var version = version(resource, state);
                yield version != null && versions.contains(version)
                        ? Optional.empty()
                        : Optional.of(new Outcome.Stale(resource, version));
            }
            case Present(var resource) ->
                    version(resource, state) != null
                            ? Optional.empty()
                            : Optional.of(new Outcome.Stale(resource, null));
            case Absent(var resource) -> {
                var version = version(resource, state);
                yield version == null
                        ? Optional.empty()
                        : Optional.of(new Outcome.Stale(resource, version));
            }
        };
    }

    private static @Nullable String version(ResourceKey resource, ConfigState state) {
        var entry = state.config().entries().get(resource);
        return entry == null ? null : entry.resource().version();
    }
}
