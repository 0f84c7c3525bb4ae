package dev.quartet.galley.admin;

import dev.quartet.admin.ProblemException;

/// Whether REST takes config, or only judges it.
public record RestApplies(boolean taken) {
    /// @throws ProblemException when REST takes none
    void require() {
        require(
                "nothing was applied: in a cluster config lives in the apiserver; use kubectl apply (a dry run and validate work here too)");
    }

    /// The same for what only makes sense where REST takes config.
    void requireToCompare() {
        require(
                "nothing was compared: in a cluster config lives in the apiserver, which wins over what REST would apply; use kubectl diff");
    }

    private void require(String refusal) {
        if (!taken) {
            throw ProblemException.conflict(refusal);
        }
    }
}
