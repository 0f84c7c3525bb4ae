package dev.quartet.pilot.translate;

import dev.quartet.config.Resource;
import dev.quartet.config.networking.Sidecar;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Labels;
import dev.quartet.pilot.snapshot.View;
import dev.quartet.pilot.snapshot.Workload;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// From where a proxy looks: a Sidecar of its namespace that selects it, else the one without a selector, else that of the root
/// namespace; of several the first by name. A gateway has none.
/// After Istio 1.4, `pilot/pkg/model/push_context.go` `getSidecarScope`.
final class Views {
    private Views() {}

    static View of(Facts facts, Proxy proxy) {
        if (proxy.role() == Proxy.Role.GATEWAY) {
            return new View(proxy.namespace(), Optional.empty());
        }
        Map<String, String> labels =
                facts.workload(proxy.instance())
                        .<Map<String, String>>map(Workload::labels)
                        .orElse(Map.of());
        var own = facts.sidecars(proxy.namespace());
        return new View(
                proxy.namespace(),
                selecting(own, labels)
                        .or(() -> forAll(own))
                        .or(() -> forAll(facts.sidecars(facts.mesh().rootNamespace())))
                        .map(Resource::key));
    }

    private static Optional<Resource<Sidecar>> selecting(
            List<Resource<Sidecar>> sidecars, Map<String, String> labels) {
        return sidecars.stream()
                .filter(sidecar ->
                        !selector(sidecar).isEmpty() && Labels.match(selector(sidecar), labels))
                .findFirst();
    }

    private static Optional<Resource<Sidecar>> forAll(List<Resource<Sidecar>> sidecars) {
        return sidecars.stream().filter(sidecar -> selector(sidecar).isEmpty()).findFirst();
    }

    private static Map<String, String> selector(Resource<Sidecar> sidecar) {
        var selector = sidecar.spec().workloadSelector();
        return selector == null ? Map.of() : selector.labels();
    }
}
