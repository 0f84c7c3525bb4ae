package dev.quartet.pilot.admin;

import dev.quartet.config.Problem;
import dev.quartet.policy.authorization.AccessPolicy;
import java.util.List;

/// An AuthorizationPolicy that selects a proxy's workload.
///
/// @param dryRun it is only tried
/// @param rules the fields of those that can be decided: `spec.rules[0]`
/// @param problems what of it cannot be
record AuthorizationView(
        String namespace,
        String name,
        String action,
        boolean dryRun,
        List<String> rules,
        List<String> problems) {
    static AuthorizationView of(AccessPolicy policy) {
        return new AuthorizationView(
                policy.key().namespace(),
                policy.key().name(),
                policy.action().name(),
                policy.dryRun(),
                policy.rules().stream().map(rule -> rule.path().text()).toList(),
                policy.problems().stream().map(Problem::toString).toList());
    }
}
