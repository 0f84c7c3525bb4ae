package dev.quartet.galley.admin;

import dev.quartet.config.analyze.Surroundings;
import java.util.function.Supplier;

/// What analysis knows beside the config.
///
/// @param now looks; may ask a cluster
public record KnownSurroundings(Supplier<Surroundings> now) {}
