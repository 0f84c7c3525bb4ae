package dev.quartet.pilot.translate;

import dev.quartet.config.networking.Percent;
import io.envoyproxy.envoy.type.v3.FractionalPercent;
import io.envoyproxy.envoy.type.v3.FractionalPercent.DenominatorType;
import org.jspecify.annotations.Nullable;

/// Which share of requests something happens to.
final class Shares {
    private static final int PARTS_PER_PERCENT = 10_000;

    private Shares() {}

    /// @param percent the older form, in whole percents
    /// @param otherwise the percents when the user has set neither
    static FractionalPercent of(
            @Nullable Percent percentage, @Nullable Integer percent, int otherwise) {
        if (percentage != null) {
            var value = percentage.value() == null ? 0 : percentage.value();
            return FractionalPercent.newBuilder()
                    .setNumerator((int) Math.round(value * PARTS_PER_PERCENT))
                    .setDenominator(DenominatorType.MILLION)
                    .build();
        }
        return FractionalPercent.newBuilder()
                .setNumerator(percent == null ? otherwise : percent)
                .setDenominator(DenominatorType.HUNDRED)
                .build();
    }
}
