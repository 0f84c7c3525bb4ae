package dev.quartet.galley.change;

/// Under which terms a change is made.
///
/// @param dryRun only say what it would do
public record Terms(Precondition precondition, boolean dryRun) {}
