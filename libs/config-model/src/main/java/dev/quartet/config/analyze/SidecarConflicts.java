package dev.quartet.config.analyze;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.networking.Sidecar;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

/// Sidecars of one namespace of which only one can hold: two without a selector, or two for one workload.
final class SidecarConflicts implements Analyzer {
    private record Claim(String namespace, Map<String, String> labels) {}

    @Override
    public Set<Reason> reasons() {
        return Set.of(Reason.CONFLICTING_SIDECARS, Reason.SEVERAL_DEFAULT_SIDECARS);
    }

    @Override
    public void look(Scene scene, Report problems) {
        var owners = new HashMap<Claim, Of<Sidecar>>();
        var taken = new IdentityHashMap<Workload, Of<Sidecar>>();
        for (var sidecar : scene.all(Sidecar.class)) {
            var selector = sidecar.spec().workloadSelector();
            Map<String, String> labels = selector == null ? Map.of() : selector.labels();
            var owner = owners.putIfAbsent(new Claim(sidecar.namespace(), labels), sidecar);
            if (labels.isEmpty()) {
                if (owner != null) {
                    problems.add(
                            Reason.SEVERAL_DEFAULT_SIDECARS,
                            sidecar,
                            FieldPath.SPEC,
                            owner.place() + " is for all workloads of the namespace too",
                            "put them into one, or add a workloadSelector");
                }
                continue;
            }
            var path = FieldPath.SPEC.field("workloadSelector");
            if (owner != null) {
                problems.add(
                        Reason.CONFLICTING_SIDECARS,
                        sidecar,
                        path,
                        owner.place() + " selects the same labels",
                        "put them into one");
                continue;
            }
            scene.workloadsByLabel()
                    .matching(sidecar.namespace(), labels)
                    .filter(workload -> taken.putIfAbsent(workload, sidecar) != null)
                    .findFirst()
                    .ifPresent(workload ->
                            problems.add(
                                    Reason.CONFLICTING_SIDECARS,
                                    sidecar,
                                    path,
                                    owner(taken, workload)
                                            + " selects "
                                            + workload.subject()
                                            + " too",
                                    "put them into one, or select other labels"));
        }
    }

    private static String owner(Map<Workload, Of<Sidecar>> taken, Workload workload) {
        var owner = taken.get(workload);
        return owner == null ? "another Sidecar" : owner.place();
    }
}
