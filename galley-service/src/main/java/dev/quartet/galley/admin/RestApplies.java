package dev.quartet.galley.admin;

import dev.quartet.admin.ProblemException;

/// Whether REST takes config, or only judges it.
public record RestApplies(boolean taken) {
    /// @throws ProblemException when REST takes none
    void require() {
        if (!taken) {
            throw ProblemException.conflict(
                    "nothing was applied: in a cluster config lives in the apiserver; use kubectl apply (a dry run and validate work here too)");
        }
    }
}
