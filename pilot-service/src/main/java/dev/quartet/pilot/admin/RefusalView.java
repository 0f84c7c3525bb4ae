package dev.quartet.pilot.admin;

import dev.quartet.config.Subject;
import dev.quartet.pilot.status.Refusals;
import java.util.List;

/// One resource of Envoy's that a proxy refuses.
///
/// @param type `cds`, `eds`, `lds`, `rds` or `ecds`
/// @param error Envoy's words
/// @param madeFrom the users' resources that may be to blame: those that changed since the proxy had all it should have, else all that
///     it is made of; at most 20
/// @param madeFromCount how many these are
record RefusalView(
        String type, String name, String error, List<Subject> madeFrom, int madeFromCount) {
    private static final int MAX_NAMED = 20;

    static RefusalView of(Refusals.Refusal refusal) {
        return new RefusalView(
                refusal.type().label(),
                refusal.name(),
                refusal.error(),
                refusal.madeFrom().stream().limit(MAX_NAMED).map(Subject::of).toList(),
                refusal.madeFrom().size());
    }
}
