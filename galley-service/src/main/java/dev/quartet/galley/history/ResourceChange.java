package dev.quartet.galley.history;

import dev.quartet.config.ResourceKey;
import dev.quartet.galley.history.RevisionContent.Kept;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What became of one resource between two configs.
///
/// @param before null for a created one
/// @param after null for a deleted one
public record ResourceChange(ResourceKey key, @Nullable Kept before, @Nullable Kept after) {
    public enum Kind {
        CREATED,
        CHANGED,
        DELETED;

        /// `created`, …: the form for users.
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public Kind kind() {
        return before == null ? Kind.CREATED : after == null ? Kind.DELETED : Kind.CHANGED;
    }

    /// Another content, or the same that REST has taken over or left to others.
    boolean real() {
        return before == null
                || after == null
                || before.applied() != after.applied()
                || !Objects.equals(before.version(), after.version());
    }

    /// A unified diff of the documents. Of a resource that only changed hands it has the two head lines.
    ///
    /// @param from what the config before is called
    public String text(String from, String to) {
        return UnifiedDiff.of(
                key.kind().label() + "/" + key.namespacedName() + ".yaml",
                side(before, from),
                side(after, to));
    }

    private static UnifiedDiff.@Nullable Side side(@Nullable Kept kept, String name) {
        return kept == null
                ? null
                : new UnifiedDiff.Side(name + ", " + kept.origin().label(), kept.yaml());
    }
}
