package dev.quartet.config.authentication;

import org.jspecify.annotations.Nullable;

/// One way for an end user to prove who they are.
public record OriginMethod(@Nullable Jwt jwt) {}
