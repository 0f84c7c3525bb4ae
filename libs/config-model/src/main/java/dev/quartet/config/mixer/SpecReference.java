package dev.quartet.config.mixer;

import dev.quartet.config.schema.Required;
import org.jspecify.annotations.Nullable;

/// The QuotaSpec or HTTPAPISpec that is bound.
///
/// @param namespace of the binding when left out
public record SpecReference(@Required String name, @Nullable String namespace) {}
