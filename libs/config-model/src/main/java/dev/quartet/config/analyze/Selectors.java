package dev.quartet.config.analyze;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.networking.DestinationRule;
import dev.quartet.config.networking.EnvoyFilter;
import dev.quartet.config.networking.Gateway;
import dev.quartet.config.networking.LabelSelector;
import dev.quartet.config.networking.ServiceEntry;
import dev.quartet.config.networking.Sidecar;
import dev.quartet.config.networking.WorkloadSelector;
import dev.quartet.config.security.AuthorizationPolicy;
import dev.quartet.config.security.PeerAuthentication;
import dev.quartet.config.security.RequestAuthentication;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Selectors that are for no workload: the resource does nothing.
final class Selectors implements Analyzer {
    /// @param labels empty when it is for all workloads
    private record Selector(FieldPath path, Map<String, String> labels) {}

    @Override
    public Set<Reason> reasons() {
        return Set.of(Reason.NO_MATCHING_WORKLOAD);
    }

    @Override
    public Set<Aspect> needs() {
        return Set.of(Aspect.WORKLOADS);
    }

    @Override
    public void look(Scene scene, Report problems) {
        scene.everything()
                .forEach(resource -> {
                    var selector = selector(resource);
                    var namespace = reach(scene, resource);
                    var known =
                            namespace == null
                                    ? scene.knowsAll(Aspect.WORKLOADS)
                                    : scene.knows(Aspect.WORKLOADS, namespace);
                    if (known
                            && !selector.labels().isEmpty()
                            && !scene.workloadsByLabel()
                                    .hasMatching(namespace, selector.labels())) {
                        problems.add(
                                Reason.NO_MATCHING_WORKLOAD,
                                resource,
                                selector.path(),
                                "no workload"
                                        + (namespace == null
                                                ? ""
                                                : " of the namespace " + namespace)
                                        + " has the labels "
                                        + text(selector.labels()),
                                "select labels that workloads have, or delete the resource");
                    }
                });
    }

    /// Null for everywhere.
    private static @Nullable String reach(Scene scene, Of<?> resource) {
        return switch (resource.spec()) {
            case Gateway gateway -> null;
            case ServiceEntry entry -> resource.namespace();
            case DestinationRule rule -> resource.namespace();
            default -> scene.reach(resource.read().resource());
        };
    }

    private static Selector selector(Of<?> resource) {
        return switch (resource.spec()) {
            case Gateway spec -> new Selector(FieldPath.SPEC.field("selector"), spec.selector());
            case Sidecar spec -> of("workloadSelector", spec.workloadSelector());
            case EnvoyFilter spec -> of("workloadSelector", spec.workloadSelector());
            case ServiceEntry spec -> of("workloadSelector", spec.workloadSelector());
            case DestinationRule spec -> of("workloadSelector", spec.workloadSelector());
            case PeerAuthentication spec -> of("selector", spec.selector());
            case RequestAuthentication spec -> of("selector", spec.selector());
            case AuthorizationPolicy spec -> of("selector", spec.selector());
            default -> new Selector(FieldPath.SPEC, Map.of());
        };
    }

    private static Selector of(String field, @Nullable WorkloadSelector selector) {
        return new Selector(
                FieldPath.SPEC.field(field), selector == null ? Map.of() : selector.labels());
    }

    private static Selector of(String field, @Nullable LabelSelector selector) {
        return new Selector(
                FieldPath.SPEC.field(field), selector == null ? Map.of() : selector.matchLabels());
    }

    static String text(Map<String, String> labels) {
        return labels.entrySet().stream()
                .map(label -> label.getKey() + "=" + label.getValue())
                .collect(Collectors.joining(","));
    }
}
