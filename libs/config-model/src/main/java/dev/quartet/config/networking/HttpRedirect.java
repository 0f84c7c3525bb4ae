package dev.quartet.config.networking;

import dev.quartet.config.schema.NotTranslated;
import dev.quartet.config.schema.OneOf;
import org.jspecify.annotations.Nullable;

/// Answers with a redirect to the same request at another path or authority.
///
/// @param redirectCode 301 when unset
public record HttpRedirect(
        @Nullable String uri,
        @Nullable String authority,
        @OneOf("port") @NotTranslated("write the port into authority") @Nullable Integer port,
        @OneOf("port") @NotTranslated("write the port into authority")
                @Nullable PortDerivation derivePort,
        @NotTranslated("the scheme of a redirect comes with a later version")
                @Nullable String scheme,
        @Nullable Integer redirectCode) {

    public enum PortDerivation {
        FROM_PROTOCOL_DEFAULT,
        FROM_REQUEST_PORT
    }
}
