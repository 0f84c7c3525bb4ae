package dev.quartet.config.networking;

import org.jspecify.annotations.Nullable;

/// Another VirtualService that holds the rest of the routes.
public record Delegate(@Nullable String name, @Nullable String namespace) {}
