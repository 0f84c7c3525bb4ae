package dev.quartet.policy.authorization;

import dev.quartet.config.FieldPath;
import dev.quartet.config.ResourceKey;
import java.util.List;
import java.util.Optional;

/// What becomes of a request, and what policies that are not in force, or that only count, say of it.
///
/// @param audited the rules that count it
/// @param dryRun the verdict if all policies were in force; empty: all of them are
public record Decision(Verdict verdict, List<Decider> audited, Optional<Verdict> dryRun) {
    public Decision {
        audited = List.copyOf(audited);
    }

    /// The rule that makes the difference.
    public record Decider(ResourceKey policy, FieldPath rule) {}

    public sealed interface Verdict {
        /// No ALLOW policy selects the workload.
        record Open() implements Verdict {}

        record Allowed(Decider by) implements Verdict {}

        record Denied(Decider by) implements Verdict {}

        /// No rule of any ALLOW policy lets it pass.
        ///
        /// @param policies the ALLOW policies that select the workload
        record Unmatched(List<ResourceKey> policies) implements Verdict {
            public Unmatched {
                policies = List.copyOf(policies);
            }
        }

        /// Its path can be read in several ways.
        record Malformed() implements Verdict {}

        default boolean passes() {
            return switch (this) {
                case Open _, Allowed _ -> true;
                case Denied _, Unmatched _, Malformed _ -> false;
            };
        }
    }
}
