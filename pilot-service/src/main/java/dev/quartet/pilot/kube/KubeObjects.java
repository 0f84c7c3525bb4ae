package dev.quartet.pilot.kube;

import dev.quartet.config.networking.Hosts;
import dev.quartet.pilot.ingest.Registry;
import dev.quartet.pilot.ingest.Registry.RegisteredService;
import dev.quartet.pilot.ingest.Registry.RegisteredWorkload;
import dev.quartet.pilot.node.Place;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LoadBalancerIngress;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Turns objects of Kubernetes into a [Registry]. Pure. For one call.
///
/// A Pod is a workload when it has an address of its own; who serves a Service, and on which port, its EndpointSlices
/// say. An endpoint that is no Pod is a workload without a sidecar.
/// After Istio 1.4, `pilot/pkg/serviceregistry/kube/controller`, which read Endpoints.
final class KubeObjects {
    private static final String SERVICE_OF_SLICE = "kubernetes.io/service-name";
    private static final String TEMPLATE_HASH = "pod-template-hash";
    private static final String SIDECAR_LABEL = "security.istio.io/tlsMode";
    private static final String SIDECAR = "istio-proxy";
    private static final String HEADLESS = "None";
    private static final String IPV6 = "IPv6";

    private final String registry;

    private final Map<String, Pod> pods = new HashMap<>();

    /// Node to where it is.
    private final Map<String, Place> nodes = new HashMap<>();

    /// Of the host's network, or ended: they are no workloads, and their endpoints have no sidecar.
    private final Set<String> otherPods = new HashSet<>();

    /// Instance to its ports, by `host/port name`.
    private final Map<String, SortedMap<String, Integer>> ports = new HashMap<>();

    /// Instance to address, of endpoints that are no Pods.
    private final Map<String, String> strangers = new TreeMap<>();

    private final Map<String, Set<String>> members = new HashMap<>();

    private KubeObjects(String registry) {
        this.registry = registry;
    }

    /// @param registry its name
    /// @param nodes may be empty where Pilot must not read them
    static Registry registry(
            String registry,
            List<Service> services,
            List<EndpointSlice> slices,
            List<Pod> pods,
            List<Node> nodes) {
        var objects = new KubeObjects(registry);
        for (var node : nodes) {
            objects.nodes.put(node.getMetadata().getName(), Places.of(node));
        }
        for (var pod : pods) {
            if (isWorkload(pod)) {
                objects.pods.put(instance(pod), pod);
            } else {
                objects.otherPods.add(instance(pod));
            }
        }
        slices.forEach(objects::read);
        return new Registry(
                services.stream()
                        .filter(KubeObjects::hasPorts)
                        .map(objects::service)
                        .sorted(Comparator.comparing(RegisteredService::host))
                        .toList(),
                Stream.concat(
                                objects.pods.values().stream().map(objects::workload),
                                objects.strangers.entrySet().stream()
                                        .map(entry ->
                                                objects.stranger(entry.getKey(), entry.getValue())))
                        .sorted(Comparator.comparing(RegisteredWorkload::instance))
                        .toList());
    }

    /// Pods of the host's network are reached at the node's address, which is no workload's own.
    private static boolean isWorkload(Pod pod) {
        var status = pod.getStatus();
        return status != null
                && status.getPodIP() != null
                && !status.getPodIP().isEmpty()
                && !Boolean.TRUE.equals(pod.getSpec().getHostNetwork())
                && !"Succeeded".equals(status.getPhase())
                && !"Failed".equals(status.getPhase());
    }

    private static boolean hasPorts(Service service) {
        return service.getSpec().getPorts() != null && !service.getSpec().getPorts().isEmpty();
    }

    private void read(EndpointSlice slice) {
        var service = labels(slice.getMetadata()).get(SERVICE_OF_SLICE);
        if (service == null || IPV6.equals(slice.getAddressType())) {
            return; // a service of both families has slices of both
        }
        var namespace = namespace(slice);
        var host = Hosts.resolve(service, namespace);
        for (var endpoint : orEmpty(slice.getEndpoints())) {
            if (!isReady(endpoint) || orEmpty(endpoint.getAddresses()).isEmpty()) {
                continue;
            }
            var instance = instance(endpoint, namespace);
            if (instance == null) {
                continue; // the Pod is on its way: whether it speaks mTLS is not known yet
            }
            var own = ports.computeIfAbsent(instance, _ -> new TreeMap<>());
            for (EndpointPort port : orEmpty(slice.getPorts())) {
                if (port.getPort() != null) {
                    own.put(host + "/" + text(port.getName()), port.getPort());
                }
            }
            members.computeIfAbsent(host, _ -> new TreeSet<>()).add(instance);
        }
    }

    /// No word on it means ready; a Pod that ends gets no new requests.
    private static boolean isReady(Endpoint endpoint) {
        var conditions = endpoint.getConditions();
        return conditions == null
                || (!Boolean.FALSE.equals(conditions.getReady())
                        && !Boolean.TRUE.equals(conditions.getTerminating()));
    }

    private @Nullable String instance(Endpoint endpoint, String namespace) {
        var target = endpoint.getTargetRef();
        if (target != null && "Pod".equals(target.getKind())) {
            var instance = target.getName() + "." + namespace;
            if (pods.containsKey(instance)) {
                return instance;
            }
            if (!otherPods.contains(instance)) {
                return null;
            }
        }
        var address = endpoint.getAddresses().getFirst();
        var instance = address + "." + namespace;
        strangers.put(instance, address);
        return instance;
    }

    private RegisteredService service(Service service) {
        var name = service.getMetadata().getName();
        var namespace = namespace(service);
        var host = Hosts.resolve(name, namespace);
        return new RegisteredService(
                host,
                namespace,
                name,
                kind(service),
                service.getSpec().getPorts().stream().map(KubeObjects::port).toList(),
                addresses(service),
                Collections.emptySortedMap(),
                kind(service) == RegisteredService.Kind.EXTERNAL_NAME
                        ? text(service.getSpec().getExternalName())
                        : "",
                gateways(service),
                orEmpty(service.getMetadata().getAnnotations()),
                new ArrayList<>(members.getOrDefault(host, Set.of())));
    }

    private static RegisteredService.Kind kind(Service service) {
        if ("ExternalName".equals(service.getSpec().getType())) {
            return RegisteredService.Kind.EXTERNAL_NAME;
        }
        return HEADLESS.equals(service.getSpec().getClusterIP())
                ? RegisteredService.Kind.HEADLESS
                : RegisteredService.Kind.ENDPOINTS;
    }

    /// Of both families, where it has both.
    private static List<String> addresses(Service service) {
        var all = orEmpty(service.getSpec().getClusterIPs());
        var first = text(service.getSpec().getClusterIP());
        return (all.isEmpty() ? List.of(first) : all)
                .stream()
                        .filter(address -> !address.isEmpty() && !address.equals(HEADLESS))
                        .toList();
    }

    /// Where a load balancer outside takes requests for it. A name is none: endpoints are IP addresses.
    private SortedMap<String, List<String>> gateways(Service service) {
        var balancer = service.getStatus() == null ? null : service.getStatus().getLoadBalancer();
        var addresses =
                Stream.concat(
                                orEmpty(service.getSpec().getExternalIPs()).stream(),
                                balancer == null
                                        ? Stream.of()
                                        : orEmpty(balancer.getIngress()).stream()
                                                .map(LoadBalancerIngress::getIp))
                        .filter(Objects::nonNull)
                        .distinct()
                        .sorted()
                        .toList();
        return addresses.isEmpty()
                ? Collections.emptySortedMap()
                : new TreeMap<>(Map.of(registry, addresses));
    }

    private static Registry.Port port(ServicePort port) {
        var protocol = text(port.getProtocol());
        return new Registry.Port(
                port.getPort(),
                text(port.getName()),
                protocol.equals("UDP") ? "UDP" : port.getAppProtocol());
    }

    private RegisteredWorkload workload(Pod pod) {
        var spec = pod.getSpec();
        var labels = new TreeMap<>(labels(pod.getMetadata()));
        return new RegisteredWorkload(
                instance(pod),
                workloadName(pod),
                namespace(pod),
                pod.getStatus().getPodIP(),
                portsOf(instance(pod)),
                Collections.unmodifiableSortedMap(labels),
                spec.getServiceAccountName() == null ? "default" : spec.getServiceAccountName(),
                "istio".equals(labels.get(SIDECAR_LABEL)) && hasSidecar(pod),
                Places.of(pod, nodes.getOrDefault(text(spec.getNodeName()), Place.UNKNOWN)),
                registry);
    }

    /// The label alone proves nothing: who has it without a proxy would get traffic that it cannot read.
    private static boolean hasSidecar(Pod pod) {
        return Stream.concat(
                        orEmpty(pod.getSpec().getContainers()).stream(),
                        orEmpty(pod.getSpec().getInitContainers()).stream())
                .map(Container::getName)
                .anyMatch(SIDECAR::equals);
    }

    private RegisteredWorkload stranger(String instance, String address) {
        return new RegisteredWorkload(
                instance,
                "unknown",
                instance.substring(instance.lastIndexOf('.') + 1),
                address,
                portsOf(instance),
                Collections.emptySortedMap(),
                "default",
                false,
                Place.UNKNOWN,
                registry);
    }

    private SortedMap<String, Integer> portsOf(String instance) {
        return Collections.unmodifiableSortedMap(
                ports.getOrDefault(instance, Collections.emptySortedMap()));
    }

    /// The controller that a user wrote: a Deployment rather than its ReplicaSet, a Job's CronJob is not known here.
    private static String workloadName(Pod pod) {
        var owner = controller(pod.getMetadata());
        if (owner == null) {
            return pod.getMetadata().getName();
        }
        var hash = labels(pod.getMetadata()).get(TEMPLATE_HASH);
        var suffix = "-" + hash;
        return owner.getKind().equals("ReplicaSet")
                        && hash != null
                        && owner.getName().endsWith(suffix)
                ? owner.getName().substring(0, owner.getName().length() - suffix.length())
                : owner.getName();
    }

    private static @Nullable OwnerReference controller(ObjectMeta metadata) {
        return orEmpty(metadata.getOwnerReferences()).stream()
                .filter(owner -> Boolean.TRUE.equals(owner.getController()))
                .findFirst()
                .orElse(null);
    }

    private static String instance(Pod pod) {
        return pod.getMetadata().getName() + "." + namespace(pod);
    }

    private static String namespace(HasMetadata object) {
        return text(object.getMetadata().getNamespace());
    }

    private static Map<String, String> labels(ObjectMeta metadata) {
        return orEmpty(metadata.getLabels());
    }

    private static String text(@Nullable String text) {
        return Objects.requireNonNullElse(text, "");
    }

    private static <T> List<T> orEmpty(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }

    private static Map<String, String> orEmpty(@Nullable Map<String, String> map) {
        return map == null ? Map.of() : map;
    }
}
