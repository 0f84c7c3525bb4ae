package dev.quartet.pilot.translate;

import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.networking.DestinationRule;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.Sidecar;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Labels;
import dev.quartet.pilot.snapshot.View;
import dev.quartet.pilot.snapshot.Workload;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// From where a proxy looks: a Sidecar of its namespace that selects it, else the one without a selector, else that of the root
/// namespace; of several the first by name. A gateway has none. And with the DestinationRules of its namespace that select it.
/// After Istio 1.4, `pilot/pkg/model/push_context.go` `getSidecarScope`.
final class Views {
    private Views() {}

    static View of(Facts facts, Proxy proxy) {
        Map<String, String> labels =
                facts.workload(proxy.instance())
                        .<Map<String, String>>map(Workload::labels)
                        .orElse(Map.of());
        var sidecar =
                proxy.role() == Proxy.Role.GATEWAY
                        ? Optional.<ResourceKey>empty()
                        : sidecar(facts, proxy.namespace(), labels);
        return new View(
                proxy.namespace(),
                sidecar,
                facts.home(proxy.instance()),
                rules(facts, proxy.namespace(), labels));
    }

    /// The same view for what is about one host: of the rules those that are for it, so that proxies share what others say nothing of.
    static View about(Facts facts, View view, String host) {
        if (view.rules().isEmpty()) {
            return view;
        }
        return new View(
                view.namespace(),
                view.sidecar(),
                view.home(),
                facts.selectingRules(view.namespace()).stream()
                        .filter(rule -> view.rules().contains(rule.key()))
                        .filter(rule ->
                                Hosts.covers(
                                        Hosts.resolve(rule.spec().host(), rule.namespace()), host))
                        .map(Resource::key)
                        .collect(Collectors.toSet()));
    }

    private static Optional<ResourceKey> sidecar(
            Facts facts, String namespace, Map<String, String> labels) {
        var own = facts.sidecars(namespace);
        return selecting(own, labels)
                .or(() -> forAll(own))
                .or(() -> forAll(facts.sidecars(facts.mesh().rootNamespace())))
                .map(Resource::key);
    }

    private static Set<ResourceKey> rules(
            Facts facts, String namespace, Map<String, String> labels) {
        return facts.selectingRules(namespace).stream()
                .filter(rule -> Labels.match(selected(rule.spec()), labels))
                .map(Resource::key)
                .collect(Collectors.toSet());
    }

    private static Map<String, String> selected(DestinationRule rule) {
        var selector = rule.workloadSelector();
        return selector == null ? Map.of() : selector.matchLabels();
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
