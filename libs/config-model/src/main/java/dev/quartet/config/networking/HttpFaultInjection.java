package dev.quartet.config.networking;

import dev.quartet.config.schema.NotTranslated;
import dev.quartet.config.schema.OneOf;
import dev.quartet.config.schema.Superseded;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Faults made on purpose, for tests of the callers.
public record HttpFaultInjection(@Nullable Delay delay, @Nullable Abort abort) {

    /// @param percent deprecated in favour of `percentage`
    public record Delay(
            @Superseded("write percentage instead") @Nullable Integer percent,
            @OneOf("delay") @Nullable Duration fixedDelay,
            @OneOf("delay") @NotTranslated("Envoy delays by a fixed time: write fixedDelay instead")
                    @Nullable Duration exponentialDelay,
            @Nullable Percent percentage) {}

    /// @param percent deprecated in favour of `percentage`
    public record Abort(
            @Superseded("write percentage instead") @Nullable Integer percent,
            @OneOf("error") @Nullable Integer httpStatus,
            @OneOf("error") @Nullable String grpcStatus,
            @OneOf("error") @NotTranslated("Envoy aborts with a status: write httpStatus instead")
                    @Nullable String http2Error,
            @Nullable Percent percentage) {}
}
