package dev.quartet.config.mixer;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Which share of the requests a rule's actions see.
public record Sampling(@Nullable RandomSampling random, @Nullable RateLimitSampling rateLimit) {

    public record RandomSampling(
            @Nullable String attributeExpression,
            @Nullable FractionalPercent percentSampled,
            @Nullable Boolean useIndependentRandomness) {}

    public record FractionalPercent(
            @Nullable Integer numerator, @Nullable Denominator denominator) {}

    public enum Denominator {
        HUNDRED,
        TEN_THOUSAND
    }

    public record RateLimitSampling(
            @Nullable Duration samplingDuration,
            @Nullable Long maxUnsampledEntries,
            @Nullable Long samplingRate) {}
}
