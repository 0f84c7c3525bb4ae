package dev.quartet.config.networking;

import org.jspecify.annotations.Nullable;

/// @param value from 0 to 100, with fractions; unset is 0
public record Percent(@Nullable Double value) {}
