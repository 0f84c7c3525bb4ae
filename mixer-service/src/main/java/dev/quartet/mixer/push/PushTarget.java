package dev.quartet.mixer.push;

import java.net.URI;
import java.time.Duration;
import java.util.Map;

/// Where and how the mesh metrics are pushed.
///
/// @param labels put on every series: `job` and `instance`
/// @param maxSamples samples of one request
public record PushTarget(
        URI url, Duration interval, Duration timeout, Map<String, String> labels, int maxSamples) {
    /// A request of about a megabyte before compression.
    public static final int DEFAULT_MAX_SAMPLES = 2_000;

    public PushTarget {
        labels = Map.copyOf(labels);
    }
}
