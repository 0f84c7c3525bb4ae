package dev.quartet.mixer.push;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// How the push is doing.
///
/// @param lastSuccess when Prometheus last took everything; null before the first time
/// @param lastError why the last push failed, in words; null when it did not
/// @param samples taken by Prometheus since the start
public record PushStatus(
        String url,
        @Nullable Instant lastSuccess,
        @Nullable String lastError,
        long pushes,
        long failures,
        long samples) {}
