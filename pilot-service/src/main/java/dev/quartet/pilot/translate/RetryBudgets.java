package dev.quartet.pilot.translate;

import com.google.protobuf.UInt32Value;
import com.google.protobuf.UnknownFieldSet;
import dev.quartet.config.networking.TrafficPolicy;
import io.envoyproxy.envoy.config.cluster.v3.CircuitBreakers.Thresholds.RetryBudget;
import io.envoyproxy.envoy.type.v3.Percent;

/// How many retries there may be among the requests. Envoy 1.40 has the interval as field 3 of `RetryBudget`; the generated API is older, so
/// the field is written by its number.
final class RetryBudgets {
    private static final int BUDGET_INTERVAL = 3;

    private RetryBudgets() {}

    static RetryBudget of(TrafficPolicy.RetryBudget settings) {
        var budget = RetryBudget.newBuilder();
        if (settings.percent() != null) {
            budget.setBudgetPercent(Percent.newBuilder().setValue(settings.percent()));
        }
        if (settings.minRetryConcurrency() != null) {
            budget.setMinRetryConcurrency(UInt32Value.of(settings.minRetryConcurrency()));
        }
        var interval = settings.budgetInterval();
        if (interval != null && !interval.isZero()) {
            budget.setUnknownFields(
                    Envoy.newer(
                            BUDGET_INTERVAL,
                            UnknownFieldSet.Field.newBuilder()
                                    .addLengthDelimited(Envoy.duration(interval).toByteString())));
        }
        return budget.build();
    }
}
