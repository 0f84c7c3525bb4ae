package dev.quartet.galley.change;

import dev.quartet.galley.history.LoggedRevision;
import dev.quartet.galley.source.Origin;
import org.jspecify.annotations.Nullable;

/// What a change would mean; nothing has changed.
///
/// @param before in force now
/// @param after what would be
/// @param origin of what the change is about
public record Trial(
        ConfigState before, ConfigState after, Proposal proposal, Verdict verdict, Origin origin) {

    /// What to say when it is in force.
    ///
    /// @param logged as what it is recorded
    public Outcome.Accepted accepted(@Nullable LoggedRevision logged) {
        return Outcome.Accepted.of(before, after, logged, proposal, origin, verdict.warnings());
    }

    /// The same with what has really come into force.
    public Trial cameAs(ConfigState now) {
        return new Trial(before, now, proposal, verdict, origin);
    }

    /// What to say when it is not to be.
    public Outcome.Refused refused() {
        return new Outcome.Refused(verdict.problems());
    }
}
