package dev.quartet.config.networking;

import dev.quartet.config.schema.OneOf;
import org.jspecify.annotations.Nullable;

/// What the service sees instead of the request's path and authority.
///
/// @param uri replaces the matched prefix, or the whole path after an exact match
public record HttpRewrite(
        @OneOf("uri") @Nullable String uri,
        @Nullable String authority,
        @OneOf("uri") @Nullable RegexRewrite uriRegexRewrite) {}
