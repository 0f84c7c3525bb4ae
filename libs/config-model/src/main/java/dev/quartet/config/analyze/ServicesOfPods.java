package dev.quartet.config.analyze;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// Which Services of Kubernetes lead to a workload.
final class ServicesOfPods {
    /// A workload has one or two.
    private static final int MOST = 100;

    private final Map<Workload, List<MeshService>> services = new IdentityHashMap<>();

    ServicesOfPods(List<MeshService> all, LabelIndex<Workload> workloads) {
        for (var service : all) {
            if (service.source() instanceof MeshService.Source.Kube
                    && !service.selector().isEmpty()) {
                workloads
                        .matching(service.namespace(), service.selector())
                        .forEach(workload -> add(workload, service));
            }
        }
    }

    private void add(Workload workload, MeshService service) {
        var own = services.computeIfAbsent(workload, w -> new ArrayList<>());
        if (own.size() < MOST) {
            own.add(service);
        }
    }

    List<MeshService> of(Workload workload) {
        return services.getOrDefault(workload, List.of());
    }
}
