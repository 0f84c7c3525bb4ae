package dev.quartet.pilot.patch;

import java.util.Optional;
import java.util.SortedSet;

/// What has become of a message.
///
/// @param message empty when it was taken out
/// @param by the patches that did something to it
public record Patched<M>(Optional<M> message, SortedSet<PatchId> by) {}
