package dev.quartet.config;

import dev.quartet.config.mesh.MeshConfig;
import dev.quartet.config.mixer.Handler;
import dev.quartet.config.mixer.Instance;
import dev.quartet.config.mixer.Rule;
import dev.quartet.config.networking.DestinationRule;
import dev.quartet.config.networking.Gateway;
import dev.quartet.config.networking.ServiceEntry;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.config.networking.WorkloadEntry;
import dev.quartet.config.networking.WorkloadGroup;
import dev.quartet.config.security.PeerAuthentication;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Every kind of resource: its Kubernetes names, its MCP collection and its record.
public enum Kind {
    VIRTUAL_SERVICE(
            "VirtualService",
            "virtualservices",
            "networking.istio.io",
            List.of("v1alpha3", "v1beta1", "v1"),
            "istio/networking/v1alpha3/virtualservices",
            VirtualService.class),
    DESTINATION_RULE(
            "DestinationRule",
            "destinationrules",
            "networking.istio.io",
            List.of("v1alpha3", "v1beta1", "v1"),
            "istio/networking/v1alpha3/destinationrules",
            DestinationRule.class),
    GATEWAY(
            "Gateway",
            "gateways",
            "networking.istio.io",
            List.of("v1alpha3", "v1beta1", "v1"),
            "istio/networking/v1alpha3/gateways",
            Gateway.class),
    SERVICE_ENTRY(
            "ServiceEntry",
            "serviceentries",
            "networking.istio.io",
            List.of("v1alpha3", "v1beta1", "v1"),
            "istio/networking/v1alpha3/serviceentries",
            ServiceEntry.class),
    WORKLOAD_ENTRY(
            "WorkloadEntry",
            "workloadentries",
            "networking.istio.io",
            List.of("v1alpha3", "v1beta1", "v1"),
            "istio/networking/v1alpha3/workloadentries",
            WorkloadEntry.class),
    WORKLOAD_GROUP(
            "WorkloadGroup",
            "workloadgroups",
            "networking.istio.io",
            List.of("v1alpha3", "v1beta1", "v1"),
            "istio/networking/v1alpha3/workloadgroups",
            WorkloadGroup.class),
    PEER_AUTHENTICATION(
            "PeerAuthentication",
            "peerauthentications",
            "security.istio.io",
            List.of("v1beta1", "v1"),
            "istio/security/v1beta1/peerauthentications",
            PeerAuthentication.class),
    RULE(
            "rule",
            "rules",
            "config.istio.io",
            List.of("v1alpha2"),
            "istio/policy/v1beta1/rules",
            Rule.class),
    HANDLER(
            "handler",
            "handlers",
            "config.istio.io",
            List.of("v1alpha2"),
            "istio/policy/v1beta1/handlers",
            Handler.class),
    INSTANCE(
            "instance",
            "instances",
            "config.istio.io",
            List.of("v1alpha2"),
            "istio/policy/v1beta1/instances",
            Instance.class),
    MESH_CONFIG(
            "MeshConfig",
            "meshconfigs",
            "mesh.istio.io",
            List.of("v1alpha1"),
            "istio/mesh/v1alpha1/meshconfig",
            MeshConfig.class);

    private static final Map<String, Kind> BY_COLLECTION =
            Arrays.stream(values())
                    .collect(Collectors.toUnmodifiableMap(Kind::collection, Function.identity()));
    private static final Map<Class<? extends Spec>, Kind> BY_SPEC =
            Arrays.stream(values())
                    .collect(Collectors.toUnmodifiableMap(Kind::spec, Function.identity()));

    private final String label;
    private final String plural;
    private final String group;
    private final List<String> versions;
    private final String collection;
    private final Class<? extends Spec> spec;

    Kind(
            String label,
            String plural,
            String group,
            List<String> versions,
            String collection,
            Class<? extends Spec> spec) {
        this.label = label;
        this.plural = plural;
        this.group = group;
        this.versions = versions;
        this.collection = collection;
        this.spec = spec;
    }

    /// The kind as a user writes it.
    public String label() {
        return label;
    }

    public String plural() {
        return plural;
    }

    /// The API group, without a version.
    public String group() {
        return group;
    }

    /// The versions that are read; all have the same fields. The first is the one that is written.
    public List<String> versions() {
        return versions;
    }

    /// The MCP collection, with Istio 1.4's name where it has one.
    public String collection() {
        return collection;
    }

    public Class<? extends Spec> spec() {
        return spec;
    }

    public String apiVersion() {
        return group + "/" + versions.getFirst();
    }

    public static Optional<Kind> ofCollection(String collection) {
        return Optional.ofNullable(BY_COLLECTION.get(collection));
    }

    public static Kind of(Class<? extends Spec> spec) {
        var kind = BY_SPEC.get(spec);
        if (kind == null) {
            throw new IllegalArgumentException("no kind has the spec " + spec.getName());
        }
        return kind;
    }
}
