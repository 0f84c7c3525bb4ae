package dev.quartet.config.analyze;

import dev.quartet.config.Subject;
import dev.quartet.config.networking.WorkloadEntry;
import dev.quartet.config.networking.WorkloadGroup;
import dev.quartet.config.read.ReadResource;
import dev.quartet.config.schema.SortedMaps;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Something that runs, whoever says so: a pod, what makes pods, a WorkloadEntry, or whatever registers with a WorkloadGroup.
///
/// @param ports that it declares; a workload may listen on others too
/// @param pod null for one outside Kubernetes
record Workload(
        Subject subject,
        String namespace,
        Map<String, String> labels,
        Set<Integer> ports,
        @Nullable KubeWorkload pod) {

    static Workload of(KubeWorkload pod) {
        return new Workload(
                pod.object().subject(),
                pod.namespace(),
                pod.labels(),
                pod.containers().stream()
                        .flatMap(container -> container.ports().stream())
                        .map(KubeWorkload.Port::number)
                        .collect(Collectors.toUnmodifiableSet()),
                pod);
    }

    static Optional<Workload> of(ReadResource read) {
        return switch (read.resource().spec()) {
            case WorkloadEntry entry -> Optional.of(of(read, entry, entry.labels()));
            case WorkloadGroup group -> {
                var labels = new HashMap<>(group.template().labels());
                if (group.metadata() != null) {
                    labels.putAll(group.metadata().labels());
                }
                yield Optional.of(of(read, group.template(), labels));
            }
            default -> Optional.empty();
        };
    }

    private static Workload of(ReadResource read, WorkloadEntry entry, Map<String, String> labels) {
        return new Workload(
                Subject.of(read.resource().key()),
                read.resource().namespace(),
                SortedMaps.copyOf(labels),
                Set.copyOf(entry.ports().values()),
                null);
    }

    /// The number of a port that may be a container's by name. Empty when it is not known.
    Optional<Integer> port(String target) {
        if (target.matches("[0-9]{1,5}")) {
            return Optional.of(Integer.valueOf(target));
        }
        return pod == null
                ? Optional.empty()
                : pod.containers().stream()
                        .flatMap(container -> container.ports().stream())
                        .filter(port -> port.name().equals(target))
                        .map(KubeWorkload.Port::number)
                        .findFirst();
    }
}
