package dev.quartet.config.networking;

import dev.quartet.config.Spec;
import dev.quartet.config.schema.NotTranslated;
import dev.quartet.config.schema.SortedMaps;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One workload: where it is, and what it is.
///
/// @param ports service port name to the port where the workload listens
/// @param weight its share among the workloads; 1 when unset
public record WorkloadEntry(
        @Nullable String address,
        Map<String, Integer> ports,
        Map<String, String> labels,
        @NotTranslated("several networks come with a later version") @Nullable String network,
        @NotTranslated("locality comes with a later version") @Nullable String locality,
        @Nullable Integer weight,
        @Nullable String serviceAccount)
        implements Spec {
    public WorkloadEntry {
        ports = SortedMaps.copyOf(ports);
        labels = SortedMaps.copyOf(labels);
    }
}
