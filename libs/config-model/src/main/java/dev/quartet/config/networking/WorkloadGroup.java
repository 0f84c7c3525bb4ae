package dev.quartet.config.networking;

import dev.quartet.config.Spec;
import dev.quartet.config.schema.NotTranslated;
import dev.quartet.config.schema.Required;
import dev.quartet.config.schema.SortedMaps;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A template for workloads that register themselves.
public record WorkloadGroup(
        @Nullable ObjectMeta metadata,
        @Required WorkloadEntry template,
        @NotTranslated("a workload's health comes from its connection")
                @Nullable ReadinessProbe probe)
        implements Spec {

    public record ObjectMeta(Map<String, String> labels, Map<String, String> annotations) {
        public ObjectMeta {
            labels = SortedMaps.copyOf(labels);
            annotations = SortedMaps.copyOf(annotations);
        }
    }
}
