package dev.quartet.config.networking;

import dev.quartet.config.schema.NotTranslated;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// @param attempts tries after the first one; 0 turns retrying off
/// @param retryOn Envoy's words or status codes, separated by commas
public record HttpRetry(
        @Nullable Integer attempts,
        @Nullable Duration perTryTimeout,
        @Nullable String retryOn,
        @NotTranslated("locality comes with a later version")
                @Nullable Boolean retryRemoteLocalities,
        @NotTranslated("retries always prefer another host")
                @Nullable Boolean retryIgnorePreviousHosts,
        @NotTranslated("Envoy's default back-off of 25 ms is used") @Nullable Duration backoff) {}
