package dev.quartet.pilot.trial;

import dev.quartet.config.Problem;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.translate.XdsResource;
import dev.quartet.pilot.translate.XdsType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a change would do.
///
/// @param from the revision that it would change
/// @param touched proxies whose config would be another, by namespace and instance; what several share is the same list
/// @param untouched how many would notice nothing
/// @param raised problems that would come up
/// @param cleared problems that would be gone
public record Outlook(
        String from,
        List<Touched> touched,
        int untouched,
        List<Problem> raised,
        List<Problem> cleared) {

    public record Touched(Proxy proxy, List<Change> changes) {}

    /// One of them may be null: it would be new, or gone.
    public record Change(@Nullable XdsResource before, @Nullable XdsResource after) {
        public XdsType type() {
            return any().type();
        }

        public String name() {
            return any().name();
        }

        public Effect effect() {
            return before == null ? Effect.ADDED : after == null ? Effect.REMOVED : Effect.CHANGED;
        }

        private XdsResource any() {
            var any = after != null ? after : before;
            if (any == null) {
                throw new IllegalStateException("a change of nothing");
            }
            return any;
        }
    }

    public enum Effect {
        ADDED,
        CHANGED,
        REMOVED
    }
}
