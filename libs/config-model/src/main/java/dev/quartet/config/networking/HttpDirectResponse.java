package dev.quartet.config.networking;

import dev.quartet.config.schema.Required;
import org.jspecify.annotations.Nullable;

/// Answers by itself, without any service.
public record HttpDirectResponse(@Required Integer status, @Nullable HttpBody body) {}
