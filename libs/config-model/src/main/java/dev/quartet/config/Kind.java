package dev.quartet.config;

import dev.quartet.config.authentication.MeshPolicy;
import dev.quartet.config.authentication.Policy;
import dev.quartet.config.mesh.MeshConfig;
import dev.quartet.config.mesh.MeshNetworks;
import dev.quartet.config.mixer.Adapter;
import dev.quartet.config.mixer.AttributeManifest;
import dev.quartet.config.mixer.Handler;
import dev.quartet.config.mixer.HttpApiSpec;
import dev.quartet.config.mixer.HttpApiSpecBinding;
import dev.quartet.config.mixer.Instance;
import dev.quartet.config.mixer.QuotaSpec;
import dev.quartet.config.mixer.QuotaSpecBinding;
import dev.quartet.config.mixer.Rule;
import dev.quartet.config.mixer.Template;
import dev.quartet.config.networking.DestinationRule;
import dev.quartet.config.networking.EnvoyFilter;
import dev.quartet.config.networking.Gateway;
import dev.quartet.config.networking.ServiceEntry;
import dev.quartet.config.networking.Sidecar;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.config.networking.WorkloadEntry;
import dev.quartet.config.networking.WorkloadGroup;
import dev.quartet.config.security.AuthorizationPolicy;
import dev.quartet.config.security.PeerAuthentication;
import dev.quartet.config.security.RequestAuthentication;
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
            Group.NETWORKING,
            "istio/networking/v1alpha3/virtualservices",
            VirtualService.class),
    DESTINATION_RULE(
            "DestinationRule",
            "destinationrules",
            Group.NETWORKING,
            "istio/networking/v1alpha3/destinationrules",
            DestinationRule.class),
    GATEWAY(
            "Gateway",
            "gateways",
            Group.NETWORKING,
            "istio/networking/v1alpha3/gateways",
            Gateway.class),
    SERVICE_ENTRY(
            "ServiceEntry",
            "serviceentries",
            Group.NETWORKING,
            "istio/networking/v1alpha3/serviceentries",
            ServiceEntry.class),
    SIDECAR(
            "Sidecar",
            "sidecars",
            Group.NETWORKING,
            "istio/networking/v1alpha3/sidecars",
            Sidecar.class),
    ENVOY_FILTER(
            "EnvoyFilter",
            "envoyfilters",
            Group.NETWORKING,
            "istio/networking/v1alpha3/envoyfilters",
            EnvoyFilter.class),
    WORKLOAD_ENTRY(
            "WorkloadEntry",
            "workloadentries",
            Group.NETWORKING,
            "istio/networking/v1alpha3/workloadentries",
            WorkloadEntry.class),
    WORKLOAD_GROUP(
            "WorkloadGroup",
            "workloadgroups",
            Group.NETWORKING,
            "istio/networking/v1alpha3/workloadgroups",
            WorkloadGroup.class),
    POLICY(
            "Policy",
            "policies",
            Group.AUTHENTICATION,
            "istio/authentication/v1alpha1/policies",
            Policy.class),
    MESH_POLICY(
            "MeshPolicy",
            "meshpolicies",
            Group.AUTHENTICATION,
            Scope.CLUSTER,
            "istio/authentication/v1alpha1/meshpolicies",
            MeshPolicy.class),
    PEER_AUTHENTICATION(
            "PeerAuthentication",
            "peerauthentications",
            Group.SECURITY,
            "istio/security/v1beta1/peerauthentications",
            PeerAuthentication.class),
    REQUEST_AUTHENTICATION(
            "RequestAuthentication",
            "requestauthentications",
            Group.SECURITY,
            "istio/security/v1beta1/requestauthentications",
            RequestAuthentication.class),
    AUTHORIZATION_POLICY(
            "AuthorizationPolicy",
            "authorizationpolicies",
            Group.SECURITY,
            "istio/security/v1beta1/authorizationpolicies",
            AuthorizationPolicy.class),
    RULE("rule", "rules", Group.MIXER, "istio/policy/v1beta1/rules", Rule.class),
    HANDLER("handler", "handlers", Group.MIXER, "istio/policy/v1beta1/handlers", Handler.class),
    INSTANCE(
            "instance", "instances", Group.MIXER, "istio/policy/v1beta1/instances", Instance.class),
    ATTRIBUTE_MANIFEST(
            "attributemanifest",
            "attributemanifests",
            Group.MIXER,
            "istio/policy/v1beta1/attributemanifests",
            AttributeManifest.class),
    ADAPTER("adapter", "adapters", Group.MIXER, "istio/config/v1alpha2/adapters", Adapter.class),
    TEMPLATE(
            "template",
            "templates",
            Group.MIXER,
            "istio/config/v1alpha2/templates",
            Template.class),
    QUOTA_SPEC(
            "QuotaSpec",
            "quotaspecs",
            Group.MIXER,
            "istio/mixer/v1/config/client/quotaspecs",
            QuotaSpec.class),
    QUOTA_SPEC_BINDING(
            "QuotaSpecBinding",
            "quotaspecbindings",
            Group.MIXER,
            "istio/mixer/v1/config/client/quotaspecbindings",
            QuotaSpecBinding.class),
    HTTP_API_SPEC(
            "HTTPAPISpec",
            "httpapispecs",
            Group.MIXER,
            "istio/config/v1alpha2/httpapispecs",
            HttpApiSpec.class),
    HTTP_API_SPEC_BINDING(
            "HTTPAPISpecBinding",
            "httpapispecbindings",
            Group.MIXER,
            "istio/config/v1alpha2/httpapispecbindings",
            HttpApiSpecBinding.class),
    MESH_CONFIG(
            "MeshConfig",
            "meshconfigs",
            Group.MESH,
            Scope.MESH,
            "istio/mesh/v1alpha1/meshconfig",
            MeshConfig.class),
    MESH_NETWORKS(
            "MeshNetworks",
            "meshnetworks",
            Group.MESH,
            Scope.MESH,
            "istio/mesh/v1alpha1/meshnetworks",
            MeshNetworks.class);

    /// Where resources of a kind stand.
    public enum Scope {
        NAMESPACE,

        /// Beside all namespaces.
        CLUSTER,

        /// One for the mesh. In a cluster it is a key of the ConfigMap `istio`, and no custom resource.
        MESH
    }

    private enum Group {
        NETWORKING("networking.istio.io", "v1alpha3", "v1beta1", "v1"),
        AUTHENTICATION("authentication.istio.io", "v1alpha1"),
        SECURITY("security.istio.io", "v1beta1", "v1"),
        MIXER("config.istio.io", "v1alpha2"),
        MESH("mesh.istio.io", "v1alpha1");

        private final String label;
        private final List<String> versions;

        Group(String label, String... versions) {
            this.label = label;
            this.versions = List.of(versions);
        }
    }

    private static final Map<String, Kind> BY_COLLECTION =
            Arrays.stream(values())
                    .collect(Collectors.toUnmodifiableMap(Kind::collection, Function.identity()));
    private static final Map<Class<? extends Spec>, Kind> BY_SPEC =
            Arrays.stream(values())
                    .collect(Collectors.toUnmodifiableMap(Kind::spec, Function.identity()));

    private final String label;
    private final String plural;
    private final Group group;
    private final Scope scope;
    private final String collection;
    private final Class<? extends Spec> spec;

    Kind(String label, String plural, Group group, String collection, Class<? extends Spec> spec) {
        this(label, plural, group, Scope.NAMESPACE, collection, spec);
    }

    Kind(
            String label,
            String plural,
            Group group,
            Scope scope,
            String collection,
            Class<? extends Spec> spec) {
        this.label = label;
        this.plural = plural;
        this.group = group;
        this.scope = scope;
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
        return group.label;
    }

    public Scope scope() {
        return scope;
    }

    /// The versions that are read; all have the same fields. The first is the one that is written.
    public List<String> versions() {
        return group.versions;
    }

    /// The MCP collection, with Istio 1.4's name where it has one.
    public String collection() {
        return collection;
    }

    public Class<? extends Spec> spec() {
        return spec;
    }

    public String apiVersion() {
        return group() + "/" + versions().getFirst();
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
