package dev.quartet.galley.change;

import dev.quartet.galley.history.Cause;

/// Under which terms a change is made.
///
/// @param dryRun only say what it would do
public record Terms(Cause cause, Precondition precondition, boolean dryRun) {}
