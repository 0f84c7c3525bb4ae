package dev.quartet.config.networking;

import dev.quartet.config.Spec;
import dev.quartet.config.schema.NotTranslated;
import dev.quartet.config.schema.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How callers treat the workloads of `host`, and which subsets of them have names
/// (Istio 1.4 `networking/v1alpha3/destination_rule.proto`).
public record DestinationRule(
        @Required String host,
        @Nullable TrafficPolicy trafficPolicy,
        List<Subset> subsets,
        List<String> exportTo,
        @NotTranslated("the rule holds for every caller") @Nullable LabelSelector workloadSelector)
        implements Spec {
    public DestinationRule {
        subsets = List.copyOf(subsets);
        exportTo = List.copyOf(exportTo);
    }
}
