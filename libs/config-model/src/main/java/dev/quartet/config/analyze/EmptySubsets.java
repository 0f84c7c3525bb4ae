package dev.quartet.config.analyze;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.networking.DestinationRule;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// Subsets whose labels no workload of the host has.
final class EmptySubsets implements Analyzer {
    @Override
    public Set<Reason> reasons() {
        return Set.of(Reason.EMPTY_SUBSET);
    }

    @Override
    public Set<Aspect> needs() {
        return Set.of(Aspect.WORKLOADS);
    }

    @Override
    public void look(Scene scene, Report problems) {
        for (var rule : scene.all(DestinationRule.class)) {
            var service = scene.service(rule.spec().host(), rule.namespace());
            for (int i = 0; i < rule.spec().subsets().size() && service.isPresent(); i++) {
                var subset = rule.spec().subsets().get(i);
                if (!subset.labels().isEmpty()
                        && subset.labels().keySet().stream().noneMatch(EmptySubsets::isOfPlace)
                        && isEmpty(scene, service.get(), subset.labels())) {
                    problems.add(
                            Reason.EMPTY_SUBSET,
                            rule,
                            FieldPath.SPEC.field("subsets").index(i).field("labels"),
                            "no workload of "
                                    + quoted(service.get().host())
                                    + " has the labels "
                                    + Selectors.text(subset.labels()),
                            "correct the labels, or take the subset out");
                }
            }
        }
    }

    /// What the cluster says of the node where a pod is: no label of the pod's own.
    private static boolean isOfPlace(String label) {
        return label.startsWith("topology.")
                || label.startsWith("failure-domain.")
                || label.equals("kubernetes.io/hostname")
                || label.equals("istio-locality");
    }

    private static boolean isEmpty(Scene scene, MeshService service, Map<String, String> labels) {
        if (!service.endpoints().isEmpty()) {
            return service.endpoints().stream()
                    .noneMatch(endpoint -> endpoint.entrySet().containsAll(labels.entrySet()));
        }
        if (service.selector().isEmpty() || !scene.knows(Aspect.WORKLOADS, service.namespace())) {
            return false;
        }
        var all = new HashMap<>(service.selector());
        for (var label : labels.entrySet()) {
            var selected = all.put(label.getKey(), label.getValue());
            if (selected != null && !selected.equals(label.getValue())) {
                return true;
            }
        }
        return !scene.workloadsByLabel().hasMatching(service.namespace(), all);
    }
}
