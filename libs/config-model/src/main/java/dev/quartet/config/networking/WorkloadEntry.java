package dev.quartet.config.networking;

import dev.quartet.config.Spec;
import dev.quartet.config.schema.SortedMaps;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One workload: where it is, and what it is.
///
/// @param ports service port name to the port where the workload listens
/// @param network one of MeshNetworks; unset: that of its subnet
/// @param locality `region/zone/subzone`, of which the last may be left out; in a WorkloadGroup, unset: what its proxies say
/// @param weight its share among the workloads; 1 when unset
public record WorkloadEntry(
        @Nullable String address,
        Map<String, Integer> ports,
        Map<String, String> labels,
        @Nullable String network,
        @Nullable String locality,
        @Nullable Integer weight,
        @Nullable String serviceAccount)
        implements Spec {
    public WorkloadEntry {
        ports = SortedMaps.copyOf(ports);
        labels = SortedMaps.copyOf(labels);
    }
}
