package dev.quartet.config.read;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Kinds of Istio 1.4 in whose place another one has come: `mesh convert` turns them into today's.
final class OldKinds {
    /// What a user does about one. The file's name is not said: what comes through an API has none that he knows.
    private static final String FIX = "run: mesh convert -f <file>";

    /// Of Mixer those per adapter, then those per template (`galley/pkg/metadata/types.gen.go`).
    private static final Map<String, Set<String>> BY_API_VERSION =
            Map.of(
                    "rbac.istio.io/v1alpha1",
                    Set.of("ClusterRbacConfig", "RbacConfig", "ServiceRole", "ServiceRoleBinding"),
                    "config.istio.io/v1alpha2",
                    Set.of(
                            "bypass",
                            "circonus",
                            "cloudwatch",
                            "denier",
                            "dogstatsd",
                            "fluentd",
                            "kubernetesenv",
                            "listchecker",
                            "memquota",
                            "noop",
                            "opa",
                            "prometheus",
                            "rbac",
                            "redisquota",
                            "signalfx",
                            "solarwinds",
                            "stackdriver",
                            "statsd",
                            "stdio",
                            "zipkin",
                            "apikey",
                            "authorization",
                            "checknothing",
                            "edge",
                            "kubernetes",
                            "listentry",
                            "logentry",
                            "metric",
                            "quota",
                            "reportnothing",
                            "tracespan"));

    private static final String ENVOY_FILTER = "EnvoyFilter";
    private static final List<String> OLD_FILTER_FIELDS =
            List.of("filters", "workloadLabels", "workload_labels");

    private OldKinds() {}

    static String fix(Node.Obj document) {
        return has(document)
                ? FIX
                : "write apiVersion: "
                        + BY_API_VERSION.entrySet().stream()
                                .filter(kinds ->
                                        document.fields().get("kind") instanceof Node.Text kind
                                                && kinds.getValue().contains(kind.text()))
                                .map(Map.Entry::getKey)
                                .collect(Collectors.joining(" or "))
                        + ", then "
                        + FIX;
    }

    static boolean isLabel(String kind) {
        return BY_API_VERSION.values().stream().anyMatch(kinds -> kinds.contains(kind));
    }

    /// For a name with a typing error.
    static List<String> besides(Collection<String> labels) {
        return Stream.concat(
                        labels.stream(),
                        BY_API_VERSION.values().stream().flatMap(Set::stream).sorted())
                .toList();
    }

    /// Whether the document is of an old kind, or an EnvoyFilter in its old form.
    static boolean has(Node.Obj document) {
        if (!(document.fields().get("apiVersion") instanceof Node.Text version)
                || !(document.fields().get("kind") instanceof Node.Text kind)) {
            return false;
        }
        return BY_API_VERSION.getOrDefault(version.text(), Set.of()).contains(kind.text())
                || kind.text().equals(ENVOY_FILTER)
                        && version.text().startsWith("networking.istio.io/")
                        && hasOldFilters(document);
    }

    static boolean hasOldFilters(Node.Obj envoyFilter) {
        return envoyFilter.fields().get("spec") instanceof Node.Obj spec
                && OLD_FILTER_FIELDS.stream().anyMatch(spec.fields()::containsKey);
    }

    static void tellOldFilters(Node.Obj envoyFilter, Findings.Of findings) {
        if (envoyFilter.fields().get("spec") instanceof Node.Obj spec) {
            for (var name : OLD_FILTER_FIELDS) {
                var value = spec.fields().get(name);
                if (value != null) {
                    findings.add(
                            Reason.UNKNOWN_FIELD,
                            value.line(),
                            FieldPath.SPEC.field(name),
                            "the field \"" + name + "\" is one of the past",
                            FIX);
                }
            }
        }
    }
}
