package dev.quartet.config.networking;

import dev.quartet.config.schema.Superseded;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which origins may call from a browser, and how.
///
/// @param allowOrigin deprecated in favour of `allowOrigins`
public record CorsPolicy(
        @Superseded("write allowOrigins instead") List<String> allowOrigin,
        List<StringMatch> allowOrigins,
        List<String> allowMethods,
        List<String> allowHeaders,
        List<String> exposeHeaders,
        @Nullable Duration maxAge,
        @Nullable Boolean allowCredentials,
        @Nullable UnmatchedPreflights unmatchedPreflights) {
    public CorsPolicy {
        allowOrigin = List.copyOf(allowOrigin);
        allowOrigins = List.copyOf(allowOrigins);
        allowMethods = List.copyOf(allowMethods);
        allowHeaders = List.copyOf(allowHeaders);
        exposeHeaders = List.copyOf(exposeHeaders);
    }

    public enum UnmatchedPreflights {
        UNSPECIFIED,
        FORWARD,
        IGNORE
    }
}
