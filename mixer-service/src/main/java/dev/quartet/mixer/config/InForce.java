package dev.quartet.mixer.config;

import dev.quartet.config.Problem;
import dev.quartet.policy.PolicyTable;
import java.time.Instant;
import java.util.List;

/// The configuration that requests see now.
///
/// @param problems the policy table's and the adapters'
/// @param fromDisk read back at start, not yet confirmed by Galley
public record InForce(
        String revision,
        Instant since,
        boolean fromDisk,
        PolicyTable policy,
        List<Problem> problems) {
    public InForce {
        problems = List.copyOf(problems);
    }
}
