package dev.quartet.config.networking;

import dev.quartet.config.schema.Superseded;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// When a workload that fails is left out for a while.
///
/// @param consecutiveErrors deprecated in favour of `consecutiveGatewayErrors` and `consecutive5xxErrors`
/// @param minHealthPercent below this share of healthy workloads nobody is left out any more; 0 when unset
public record OutlierDetection(
        @Superseded("write consecutive5xxErrors or consecutiveGatewayErrors instead")
                @Nullable Integer consecutiveErrors,
        @Nullable Boolean splitExternalLocalOriginErrors,
        @Nullable Integer consecutiveLocalOriginFailures,
        @Nullable Integer consecutiveGatewayErrors,
        @Nullable Integer consecutive5xxErrors,
        @Nullable Duration interval,
        @Nullable Duration baseEjectionTime,
        @Nullable Integer maxEjectionPercent,
        @Nullable Integer minHealthPercent) {}
