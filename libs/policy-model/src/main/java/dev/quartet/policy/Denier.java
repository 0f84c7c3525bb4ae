package dev.quartet.policy;

import java.time.Duration;

/// Denies whatever it is asked. After Istio 1.4, `mixer/adapter/denier/config`.
///
/// @param code a google.rpc.Code that is not OK; FAILED_PRECONDITION (9) when left out
/// @param message goes into the body of the refusal
/// @param validDuration how long a client may reuse the verdict; 5 s when left out
/// @param validUseCount for how many requests it may; 1000 when left out
public record Denier(int code, String message, Duration validDuration, int validUseCount)
        implements AdapterConfig {
    static final int DEFAULT_CODE = 9;
    static final Duration DEFAULT_VALID_DURATION = Duration.ofSeconds(5);
    static final int DEFAULT_VALID_USE_COUNT = 1000;

    @Override
    public Adapter adapter() {
        return Adapter.DENIER;
    }
}
