package dev.quartet.config.analyze;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/// Pods of a cluster that should have a sidecar by their namespace's label, and have none.
final class PodsWithoutProxy implements Analyzer {
    private static final String WISH = "sidecar.istio.io/inject";
    private static final Set<String> YES = Set.of("y", "yes", "true", "on");

    @Override
    public Set<Reason> reasons() {
        return Set.of(Reason.POD_WITHOUT_PROXY);
    }

    @Override
    public Set<Aspect> needs() {
        return Set.of(Aspect.NAMESPACES, Aspect.WORKLOADS);
    }

    @Override
    public void look(Scene scene, Report problems) {
        var enabled =
                scene.surroundings().namespaces().stream()
                        .filter(it -> "enabled".equals(it.labels().get(Injection.LABEL)))
                        .map(KubeNamespace::name)
                        .collect(Collectors.toSet());
        for (var pod : scene.surroundings().workloads()) {
            if (pod.running()
                    && !pod.hasProxy()
                    && !pod.hostNetwork()
                    && enabled.contains(pod.namespace())
                    && !optedOut(pod)) {
                problems.add(
                        Reason.POD_WITHOUT_PROXY,
                        pod.object(),
                        FieldPath.ROOT,
                        "the pod has no sidecar, though its namespace is labelled for injection",
                        "delete the pod, so that its owner makes it again, with a sidecar");
            }
        }
    }

    /// The label before the annotation, as the injector has it.
    private static boolean optedOut(KubeWorkload pod) {
        var label = pod.labels().getOrDefault(WISH, "");
        var wish = label.isEmpty() ? pod.annotations().getOrDefault(WISH, "") : label;
        return !wish.isEmpty() && !YES.contains(wish.toLowerCase(Locale.ROOT));
    }
}
