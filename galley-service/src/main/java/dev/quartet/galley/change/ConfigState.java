package dev.quartet.galley.change;

import dev.quartet.galley.process.JudgedConfig;

/// A config and the revision that it is, or would be, published as.
public record ConfigState(JudgedConfig config, String revision) {}
