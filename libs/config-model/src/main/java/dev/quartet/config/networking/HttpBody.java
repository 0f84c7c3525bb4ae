package dev.quartet.config.networking;

import dev.quartet.config.schema.OneOf;
import org.jspecify.annotations.Nullable;

/// @param bytes in Base64
public record HttpBody(
        @OneOf("body") @Nullable String string, @OneOf("body") @Nullable String bytes) {}
