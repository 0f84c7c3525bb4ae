package dev.quartet.pilot.node;

import java.time.Duration;

/// How a proxy wants to speak HTTP with those that connect to it, from any side. What it sends itself is not meant.
/// After Istio 1.4's node metadata `HTTP10` and `IDLE_TIMEOUT`.
///
/// @param http10 whether HTTP/1.0 and 0.9 are served; else they are answered 426
/// @param idleTimeout after which a connection without a request is closed; zero: never
public record HttpOptions(boolean http10, Duration idleTimeout) {
    /// Of a proxy that says nothing.
    public static final HttpOptions USUAL = new HttpOptions(false, Duration.ofHours(1));

    public HttpOptions {
        if (idleTimeout.isNegative()) {
            throw new IllegalArgumentException("an idle timeout of " + idleTimeout);
        }
    }
}
