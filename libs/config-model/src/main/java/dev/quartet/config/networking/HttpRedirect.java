package dev.quartet.config.networking;

import dev.quartet.config.schema.OneOf;
import org.jspecify.annotations.Nullable;

/// Answers with a redirect to the same request at another path or authority.
///
/// @param redirectCode 301 when unset
public record HttpRedirect(
        @Nullable String uri,
        @Nullable String authority,
        @OneOf("port") @Nullable Integer port,
        @OneOf("port") @Nullable PortDerivation derivePort,
        @Nullable String scheme,
        @Nullable Integer redirectCode) {

    public enum PortDerivation {
        FROM_PROTOCOL_DEFAULT,
        FROM_REQUEST_PORT
    }
}
