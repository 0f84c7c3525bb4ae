package dev.quartet.config.networking;

import dev.quartet.config.schema.Required;
import dev.quartet.config.schema.SortedMaps;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The workloads of a host that have all of `labels`; `trafficPolicy` overrides the rule's, part by part.
public record Subset(
        @Required String name, Map<String, String> labels, @Nullable TrafficPolicy trafficPolicy) {
    public Subset {
        labels = SortedMaps.copyOf(labels);
    }
}
