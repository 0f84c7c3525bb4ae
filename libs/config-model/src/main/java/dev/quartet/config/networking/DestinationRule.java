package dev.quartet.config.networking;

import dev.quartet.config.Spec;
import dev.quartet.config.schema.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How callers treat the workloads of `host`, and which subsets of them have names
/// (Istio 1.4 `networking/v1alpha3/destination_rule.proto`).
///
/// @param workloadSelector which callers of the rule's own namespace follow it, before rules for all; every caller when unset
public record DestinationRule(
        @Required String host,
        @Nullable TrafficPolicy trafficPolicy,
        List<Subset> subsets,
        List<String> exportTo,
        @Nullable LabelSelector workloadSelector)
        implements Spec {
    public DestinationRule {
        subsets = List.copyOf(subsets);
        exportTo = List.copyOf(exportTo);
    }
}
