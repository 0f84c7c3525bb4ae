package dev.quartet.config.networking;

import dev.quartet.config.schema.SortedMaps;
import java.util.Map;

/// Workloads with all of these labels (`type/v1beta1` `WorkloadSelector`).
public record LabelSelector(Map<String, String> matchLabels) {
    public LabelSelector {
        matchLabels = SortedMaps.copyOf(matchLabels);
    }
}
