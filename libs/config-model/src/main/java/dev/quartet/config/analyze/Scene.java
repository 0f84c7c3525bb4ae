package dev.quartet.config.analyze;

import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Spec;
import dev.quartet.config.mesh.MeshConfig;
import dev.quartet.config.networking.Gateway;
import dev.quartet.config.networking.GatewayNames;
import dev.quartet.config.networking.HostTable;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.ServiceEntry;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.config.read.ReadResource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// All that the analyzers look at, indexed once. Resources stand in the order of their keys, the first of two with one key
/// counts.
final class Scene {
    private static final String ROOT_NAMESPACE = "istio-system";

    private final Map<Class<?>, List<Of<?>>> resources = new HashMap<>();
    private final Map<String, Of<Gateway>> gateways = new LinkedHashMap<>();
    private final Surroundings surroundings;
    private final List<MeshService> services = new ArrayList<>();
    private final HostTable<MeshService> serviceOf = new HostTable<>();
    private final Set<String> hosts = new TreeSet<>();
    private final List<Workload> workloads = new ArrayList<>();
    private final LabelIndex<Workload> workloadsByLabel;
    private final LabelIndex<MeshService> servicesBySelector;
    private final ServicesOfPods servicesOfPods;

    /// The namespaces of which something of an aspect is known.
    private final Map<Aspect, Set<String>> known = new HashMap<>();

    Scene(Collection<ReadResource> reads, Surroundings surroundings) {
        this.surroundings = surroundings;
        for (var aspect : Aspect.values()) {
            known.put(aspect, new HashSet<>());
        }
        surroundings.services().forEach(service -> add(MeshService.of(service)));
        surroundings.workloads().forEach(pod -> add(Workload.of(pod)));
        surroundings.namespaces().forEach(it -> known(Aspect.NAMESPACES, it.name()));
        surroundings
                .secrets()
                .forEach(it -> known(Aspect.SECRETS, it.object().subject().namespace()));
        var sorted = new ArrayList<>(reads);
        sorted.sort(Comparator.comparing(read -> read.resource().key()));
        ResourceKey before = null;
        for (var read : sorted) {
            if (!read.resource().key().equals(before)) {
                before = read.resource().key();
                add(read);
            }
        }
        this.workloadsByLabel = new LabelIndex<>(workloads, Workload::namespace, Workload::labels);
        this.servicesBySelector =
                new LabelIndex<>(services, MeshService::namespace, MeshService::selector);
        this.servicesOfPods = new ServicesOfPods(services, workloadsByLabel);
    }

    private void add(ReadResource read) {
        var spec = read.resource().spec();
        resources
                .computeIfAbsent(spec.getClass(), type -> new ArrayList<>())
                .add(new Of<>(read, spec));
        switch (spec) {
            case ServiceEntry entry -> MeshService.of(read, entry).forEach(this::add);
            case Gateway gateway ->
                    gateways.put(read.resource().key().namespacedName(), new Of<>(read, gateway));
            default -> Workload.of(read).ifPresent(this::add);
        }
    }

    private void add(MeshService service) {
        known(Aspect.SERVICES, service.namespace());
        services.add(service);
        serviceOf.putIfAbsent(service.host(), service);
        hosts.add(service.host());
    }

    private void add(Workload workload) {
        known(Aspect.WORKLOADS, workload.namespace());
        workloads.add(workload);
    }

    private void known(Aspect aspect, String namespace) {
        known.getOrDefault(aspect, Set.of()).add(namespace);
    }

    /// All resources of a kind.
    @SuppressWarnings("unchecked")
    <S extends Spec> List<Of<S>> all(Class<S> kind) {
        return (List<Of<S>>) (List<?>) resources.getOrDefault(kind, List.of());
    }

    Stream<Of<?>> everything() {
        return resources.values().stream().flatMap(List::stream);
    }

    Surroundings surroundings() {
        return surroundings;
    }

    /// What is missing here in this namespace does not exist.
    boolean knows(Aspect aspect, String namespace) {
        return knowsAll(aspect) || known.getOrDefault(aspect, Set.of()).contains(namespace);
    }

    boolean knowsAll(Aspect aspect) {
        return surroundings.complete().contains(aspect);
    }

    /// The aspects of which nothing at all is known.
    Set<Aspect> unknown() {
        var unknown = EnumSet.allOf(Aspect.class);
        unknown.removeIf(
                aspect -> knowsAll(aspect) || !known.getOrDefault(aspect, Set.of()).isEmpty());
        return unknown;
    }

    List<MeshService> services() {
        return services;
    }

    /// @param written as it stands in a resource of `namespace`
    Optional<MeshService> service(String written, String namespace) {
        return Optional.ofNullable(serviceOf.covering(Hosts.resolve(written, namespace)));
    }

    /// The names of all services.
    Set<String> hosts() {
        return hosts;
    }

    /// Those whose selectors have all of these labels.
    LabelIndex<MeshService> servicesBySelector() {
        return servicesBySelector;
    }

    /// The Services of Kubernetes that lead to the workload.
    List<MeshService> servicesOf(Workload workload) {
        return servicesOfPods.of(workload);
    }

    List<Workload> workloads() {
        return workloads;
    }

    LabelIndex<Workload> workloadsByLabel() {
        return workloadsByLabel;
    }

    /// @param written as a VirtualService of `namespace` names it
    Optional<Of<Gateway>> gateway(String written, String namespace) {
        return Optional.ofNullable(
                gateways.get(GatewayNames.key(written, namespace).namespacedName()));
    }

    /// The gateways that a VirtualService is bound to and that are there, by the place of their names.
    Map<Integer, Of<Gateway>> gatewaysOf(Of<VirtualService> routes) {
        var bound = new LinkedHashMap<Integer, Of<Gateway>>();
        var names = routes.spec().gateways();
        for (int i = 0; i < names.size(); i++) {
            var place = i;
            if (!names.get(i).equals(VirtualService.MESH)) {
                gateway(names.get(i), routes.namespace())
                        .ifPresent(gateway -> bound.put(place, gateway));
            }
        }
        return bound;
    }

    Optional<MeshConfig> mesh() {
        return all(MeshConfig.class).stream().map(Of::spec).findFirst();
    }

    /// Where resources hold for the whole mesh.
    String rootNamespace() {
        return mesh().map(MeshConfig::rootNamespace).orElse(ROOT_NAMESPACE);
    }

    /// Where the workloads are that a policy of this namespace may select; null for everywhere.
    @Nullable String reach(Resource<?> policy) {
        return policy.namespace().equals(rootNamespace()) ? null : policy.namespace();
    }
}
