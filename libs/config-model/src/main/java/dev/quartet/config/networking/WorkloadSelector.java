package dev.quartet.config.networking;

import dev.quartet.config.schema.SortedMaps;
import java.util.Map;

/// Workloads with all of these labels (`networking` `WorkloadSelector`).
public record WorkloadSelector(Map<String, String> labels) {
    public WorkloadSelector {
        labels = SortedMaps.copyOf(labels);
    }
}
