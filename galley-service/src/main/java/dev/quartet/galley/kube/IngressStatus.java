package dev.quartet.galley.kube;

import dev.quartet.kube.LeaderWork;
import dev.quartet.kube.LeaderWrites;
import dev.quartet.kube.Leadership;
import dev.quartet.kube.Leadership.Term;
import io.fabric8.kubernetes.api.model.LoadBalancerIngress;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.IngressLoadBalancerIngress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressLoadBalancerIngressBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells the mesh's Ingresses the address that they are reached at, in `status.loadBalancer`, from the replica that leads: the
/// address of the gateways' Service, else those of the nodes that the gateways run on. Written where it differs; while no
/// address is known the last one stays.
///
/// After Istio 1.4, `pilot/pkg/config/kube/ingress/status.go`.
public final class IngressStatus implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(IngressStatus.class);

    /// Nodes and pods are looked at now and then, as long as there is no better address.
    private static final Duration LOOK = Duration.ofSeconds(10);

    private final KubernetesClient client;
    private final String namespace;
    private final KubernetesSource source;
    private final Leadership leadership;
    private final LeaderWork work = new LeaderWork("ingress-status", LOOK, this::look);

    /// Returns at once; the apiserver may be away.
    ///
    /// @param namespace where the gateways and their Service are
    /// @param leadership says which replica writes; it outlives this
    public static IngressStatus start(
            KubernetesClient client,
            String namespace,
            KubernetesSource source,
            Leadership leadership) {
        var status = new IngressStatus(client, namespace, source, leadership);
        source.onLook(status.work::wake);
        status.work.start(leadership);
        return status;
    }

    private IngressStatus(
            KubernetesClient client,
            String namespace,
            KubernetesSource source,
            Leadership leadership) {
        this.client = client;
        this.namespace = namespace;
        this.source = source;
        this.leadership = leadership;
    }

    /// @param lasting whether whoever changes them wakes
    private record Addresses(List<IngressLoadBalancerIngress> all, boolean lasting) {}

    private boolean look(Term term) {
        var served = source.ingresses().served();
        if (served.ingresses().isEmpty()) {
            return true; // whoever makes one wakes
        }
        var addresses = addresses(served.service());
        var done = addresses.lasting();
        if (!addresses.all().isEmpty()) {
            for (var ingress : served.ingresses()) {
                if (!addresses.all().equals(addresses(ingress))) {
                    done &= write(term, ingress, addresses.all());
                }
            }
        }
        return done;
    }

    private boolean write(Term term, Ingress ingress, List<IngressLoadBalancerIngress> addresses) {
        var metadata = ingress.getMetadata();
        try {
            var written =
                    LeaderWrites.writeStatus(
                            client,
                            leadership,
                            term,
                            client.network()
                                    .v1()
                                    .ingresses()
                                    .inNamespace(metadata.getNamespace())
                                    .withName(metadata.getName()),
                            there -> withAddresses(there, addresses));
            if (written) { // else the mirror lagged behind an earlier write
                LOGGER.atInfo()
                        .addKeyValue("kind", ingress.getKind())
                        .addKeyValue("namespace", metadata.getNamespace())
                        .addKeyValue("name", metadata.getName())
                        .addKeyValue("addresses", texts(addresses))
                        .log("Ingress has an address");
            }
            return true;
        } catch (KubernetesClientException e) {
            LOGGER.atWarn()
                    .addKeyValue("kind", ingress.getKind())
                    .addKeyValue("namespace", metadata.getNamespace())
                    .addKeyValue("name", metadata.getName())
                    .addKeyValue("error", e.getMessage())
                    .log("Ingress got no address, tries again");
            return false;
        }
    }

    private static Ingress withAddresses(
            Ingress ingress, List<IngressLoadBalancerIngress> addresses) {
        return addresses.equals(addresses(ingress))
                ? ingress
                : new IngressBuilder(ingress)
                        .editOrNewStatus()
                        .editOrNewLoadBalancer()
                        .withIngress(addresses)
                        .endLoadBalancer()
                        .endStatus()
                        .build();
    }

    private static List<IngressLoadBalancerIngress> addresses(Ingress ingress) {
        var status = ingress.getStatus();
        var balancer = status == null ? null : status.getLoadBalancer();
        return balancer == null || balancer.getIngress() == null
                ? List.of()
                : List.copyOf(balancer.getIngress());
    }

    private static List<String> texts(List<IngressLoadBalancerIngress> addresses) {
        return addresses.stream()
                .map(it -> it.getIp() == null ? it.getHostname() : it.getIp())
                .toList();
    }

    private Addresses addresses(String name) {
        var service = source.service(namespace, name);
        var ofService = service.map(IngressStatus::ofService).orElse(List.of());
        return ofService.isEmpty()
                ? new Addresses(service.map(this::ofNodes).orElse(List.of()), service.isEmpty())
                : new Addresses(ofService, true);
    }

    private static List<IngressLoadBalancerIngress> ofService(Service service) {
        var spec = service.getSpec();
        if ("ExternalName".equals(spec.getType())) {
            return hosts(Stream.of(spec.getExternalName()));
        }
        var balancer =
                service.getStatus() == null || service.getStatus().getLoadBalancer() == null
                        ? List.<LoadBalancerIngress>of()
                        : orEmpty(service.getStatus().getLoadBalancer().getIngress());
        var ips =
                Stream.concat(
                        balancer.stream().map(LoadBalancerIngress::getIp),
                        orEmpty(spec.getExternalIPs()).stream());
        var names =
                balancer.stream()
                        .filter(it -> isEmpty(it.getIp()))
                        .map(LoadBalancerIngress::getHostname);
        return Stream.concat(ips(ips).stream(), hosts(names).stream()).toList();
    }

    private List<IngressLoadBalancerIngress> ofNodes(Service service) {
        var selector = service.getSpec().getSelector();
        if (selector == null || selector.isEmpty()) {
            return List.of();
        }
        var nodes =
                client.pods().inNamespace(namespace).withLabels(selector).list().getItems().stream()
                        .filter(pod ->
                                pod.getMetadata().getDeletionTimestamp() == null
                                        && pod.getStatus() != null
                                        && "Running".equals(pod.getStatus().getPhase()))
                        .map(pod -> pod.getSpec().getNodeName())
                        .filter(node -> !isEmpty(node))
                        .distinct()
                        .map(node -> client.nodes().withName(node).get())
                        .filter(Objects::nonNull)
                        .toList();
        return ips(nodes.stream().flatMap(IngressStatus::ofNode));
    }

    /// Those that are reached from outside; a node that has none is reached from nearby.
    private static Stream<String> ofNode(Node node) {
        var addresses = node.getStatus() == null ? null : node.getStatus().getAddresses();
        return Stream.of("ExternalIP", "InternalIP")
                .map(type ->
                        orEmpty(addresses).stream()
                                .filter(it -> type.equals(it.getType()))
                                .map(NodeAddress::getAddress)
                                .toList())
                .filter(found -> !found.isEmpty())
                .findFirst()
                .stream()
                .flatMap(Collection::stream);
    }

    private static List<IngressLoadBalancerIngress> ips(Stream<? extends @Nullable String> ips) {
        return sorted(ips)
                .map(ip -> new IngressLoadBalancerIngressBuilder().withIp(ip).build())
                .toList();
    }

    private static List<IngressLoadBalancerIngress> hosts(
            Stream<? extends @Nullable String> hosts) {
        return sorted(hosts)
                .map(host -> new IngressLoadBalancerIngressBuilder().withHostname(host).build())
                .toList();
    }

    /// The order in which they are found says nothing.
    private static Stream<String> sorted(Stream<? extends @Nullable String> texts) {
        var sorted = new TreeSet<String>();
        texts.forEach(text -> {
            if (text != null && !text.isEmpty()) {
                sorted.add(text);
            }
        });
        return sorted.stream();
    }

    private static boolean isEmpty(@Nullable String text) {
        return text == null || text.isEmpty();
    }

    private static <T> List<T> orEmpty(@Nullable List<T> list) {
        return Optional.ofNullable(list).orElse(List.of());
    }

    @Override
    public void close() {
        work.close();
    }
}
