package dev.quartet.config.networking;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// @param attempts tries after the first one; 0 turns retrying off
/// @param retryOn Envoy's words or status codes, separated by commas
public record HttpRetry(
        @Nullable Integer attempts,
        @Nullable Duration perTryTimeout,
        @Nullable String retryOn,
        @Nullable Boolean retryRemoteLocalities,
        @Nullable Boolean retryIgnorePreviousHosts,
        @Nullable Duration backoff) {}
