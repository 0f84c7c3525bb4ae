package dev.quartet.galley.kube;

import static dev.quartet.galley.kube.IngressObjects.ingress;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.kube.Leadership;
import io.fabric8.kubernetes.api.model.LoadBalancerIngressBuilder;
import io.fabric8.kubernetes.api.model.LoadBalancerStatusBuilder;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.NodeAddressBuilder;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The addresses that the leader gives Ingresses on a real apiserver.
@Tag("apiserver")
class IngressStatusTest {
    private static final Leadership.Timing FAST =
            new Leadership.Timing(
                    Duration.ofSeconds(3), Duration.ofSeconds(2), Duration.ofMillis(200));
    @RegisterExtension static final TestCluster cluster = new TestCluster();

    @AfterEach
    void forgetTheGateway() {
        cluster.client().services().inNamespace("istio-system").delete();
        cluster.client().network().v1().ingresses().inNamespace("shop").delete();
        cluster.client().pods().inNamespace("istio-system").withGracePeriod(0).delete();
        cluster.client().nodes().delete();
    }

    /// A Galley, as far as it writes addresses; what it has written bears its name.
    private static final class Replica implements AutoCloseable {
        private final KubernetesClient client;
        private final KubernetesSource source;
        private final Leadership leadership;
        private final IngressStatus status;

        Replica(String name) {
            var config = Config.fromKubeconfig(TestCluster.text(cluster.apiServer().kubeconfig()));
            config.setUserAgent(name);
            client = new KubernetesClientBuilder().withConfig(config).build();
            source =
                    new KubernetesSource(
                            client, "istio-system", TestBooks.on(client), (_, _) -> {});
            source.watch(_ -> {});
            leadership = Leadership.start(client, "istio-system", "istio-galley", name, FAST);
            status = IngressStatus.start(client, "istio-system", source, leadership);
        }

        boolean leads() {
            return leadership.term().isPresent();
        }

        @Override
        public void close() {
            status.close();
            leadership.close();
            source.close();
            client.close();
        }
    }

    private static ConditionFactory soon() {
        return await().atMost(TestCluster.LIMIT);
    }

    @Test
    void anIngressGetsTheAddressOfTheGatewaysLoadBalancerAndKeepsItWhileNoneIsKnown() {
        cluster.put(ingress("web"));
        cluster.put(
                ingress("foreign").replace("ingressClassName: istio", "ingressClassName: other"));
        gateway(
                "istio-ingressgateway",
                List.of("192.0.2.2", "192.0.2.1"),
                List.of("lb.example.org"));
        try (var _ = new Replica("galley")) {
            soon().untilAsserted(() ->
                    assertThat(addresses("web"))
                            .containsExactly("192.0.2.1", "192.0.2.2", "lb.example.org"));
            var written = object("web").getMetadata();

            balancer("istio-ingressgateway", List.of("192.0.2.3"), List.of());
            soon().untilAsserted(() -> assertThat(addresses("web")).containsExactly("192.0.2.3"));
            assertThat(object("web").getMetadata().getGeneration())
                    .isEqualTo(written.getGeneration());
            var before = object("web").getMetadata().getResourceVersion();

            cluster.client().services().inNamespace("istio-system").delete();
            cluster.put(ingress("later")); // and now it was looked at again
            gateway("istio-ingressgateway", List.of("192.0.2.3"), List.of());
            soon().untilAsserted(() -> assertThat(addresses("later")).containsExactly("192.0.2.3"));

            assertThat(object("web").getMetadata().getResourceVersion())
                    .as("the same address is not written again")
                    .isEqualTo(before);
            assertThat(addresses("foreign")).isEmpty();
        }
    }

    @Test
    void theMeshConfigNamesTheService() {
        cluster.put(ingress("web"));
        gateway("istio-ingressgateway", List.of("192.0.2.1"), List.of());
        gateway("edge", List.of("192.0.2.9"), List.of());
        cluster.put(
                """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: istio, namespace: istio-system}
                data: {mesh: "ingressService: edge"}
                """);
        try (var _ = new Replica("galley")) {
            soon().untilAsserted(() -> assertThat(addresses("web")).containsExactly("192.0.2.9"));
        } finally {
            cluster.client().configMaps().inNamespace("istio-system").withName("istio").delete();
        }
    }

    @Test
    void withoutALoadBalancerItIsTheAddressesOfTheGatewaysNodes() {
        node("outside", "203.0.113.1", "10.0.0.1");
        node("inside", null, "10.0.0.2");
        node("without-gateway", "203.0.113.3", "10.0.0.3");
        cluster.put(
                """
                apiVersion: v1
                kind: ServiceAccount
                metadata: {name: default, namespace: istio-system}
                """);
        pod("one", "outside", "Running");
        pod("two", "inside", "Running");
        pod("ended", "without-gateway", "Succeeded");
        gateway("istio-ingressgateway", List.of(), List.of());
        cluster.put(ingress("web"));
        try (var _ = new Replica("galley")) {
            soon().untilAsserted(() ->
                    assertThat(addresses("web")).containsExactly("10.0.0.2", "203.0.113.1"));
        }
    }

    @Test
    void theLeaderAloneWritesAndAnotherTakesOver() {
        gateway("istio-ingressgateway", List.of("192.0.2.1"), List.of());
        try (var first = new Replica("first")) {
            soon().until(first::leads);
            try (var second = new Replica("second")) {
                cluster.put(ingress("one"));
                cluster.put(ingress("two"));
                soon().until(() ->
                        Stream.of("one", "two").noneMatch(it -> addresses(it).isEmpty()));
                soon().until(() -> second.source.ingresses().served().ingresses().size() == 2);
                assertThat(second.leads()).isFalse();
                assertThat(writersOfStatus("one")).containsExactly("first");
                assertThat(writersOfStatus("two")).containsExactly("first");

                first.close();
                soon().until(second::leads);
                balancer("istio-ingressgateway", List.of("192.0.2.2"), List.of());

                soon().untilAsserted(
                                () -> assertThat(addresses("one")).containsExactly("192.0.2.2"));
                assertThat(writersOfStatus("one")).contains("second");
            }
        }
    }

    private static void gateway(String name, List<String> ips, List<String> hosts) {
        cluster.client()
                .resource(
                        new ServiceBuilder()
                                .withNewMetadata()
                                .withName(name)
                                .withNamespace("istio-system")
                                .endMetadata()
                                .withNewSpec()
                                .withType("LoadBalancer")
                                .withSelector(Map.of("app", "istio-ingressgateway"))
                                .addNewPort()
                                .withName("http2")
                                .withPort(80)
                                .endPort()
                                .endSpec()
                                .build())
                .create();
        balancer(name, ips, hosts);
    }

    private static void balancer(String name, List<String> ips, List<String> hosts) {
        var all =
                Stream.concat(
                                ips.stream().map(ip -> new LoadBalancerIngressBuilder().withIp(ip)),
                                hosts.stream()
                                        .map(host ->
                                                new LoadBalancerIngressBuilder()
                                                        .withHostname(host)))
                        .map(LoadBalancerIngressBuilder::build)
                        .toList();
        cluster.client()
                .services()
                .inNamespace("istio-system")
                .withName(name)
                .editStatus(service ->
                        new ServiceBuilder(service)
                                .editOrNewStatus()
                                .withLoadBalancer(
                                        new LoadBalancerStatusBuilder().withIngress(all).build())
                                .endStatus()
                                .build());
    }

    private static void node(
            String name, @org.jspecify.annotations.Nullable String outer, String inner) {
        var node = new NodeBuilder().withNewMetadata().withName(name).endMetadata().build();
        cluster.client().resource(node).create();
        cluster.client()
                .nodes()
                .withName(name)
                .editStatus(there -> {
                    var status = new NodeBuilder(there).editOrNewStatus();
                    if (outer != null) {
                        status.addToAddresses(
                                new NodeAddressBuilder()
                                        .withType("ExternalIP")
                                        .withAddress(outer)
                                        .build());
                    }
                    return status.addToAddresses(
                                    new NodeAddressBuilder()
                                            .withType("InternalIP")
                                            .withAddress(inner)
                                            .build())
                            .endStatus()
                            .build();
                });
    }

    private static void pod(String name, String node, String phase) {
        var pod =
                new PodBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withNamespace("istio-system")
                        .withLabels(Map.of("app", "istio-ingressgateway"))
                        .endMetadata()
                        .withNewSpec()
                        .withNodeName(node)
                        .addNewContainer()
                        .withName("istio-proxy")
                        .withImage("envoy")
                        .endContainer()
                        .endSpec()
                        .build();
        cluster.client().resource(pod).create();
        cluster.client()
                .pods()
                .inNamespace("istio-system")
                .withName(name)
                .editStatus(there ->
                        new PodBuilder(there)
                                .editOrNewStatus()
                                .withPhase(phase)
                                .endStatus()
                                .build());
    }

    private static Ingress object(String name) {
        return cluster.client()
                .network()
                .v1()
                .ingresses()
                .inNamespace("shop")
                .withName(name)
                .require();
    }

    private static List<String> addresses(String name) {
        return object(name).getStatus().getLoadBalancer().getIngress().stream()
                .map(it -> Objects.requireNonNullElse(it.getIp(), it.getHostname()))
                .toList();
    }

    private static List<String> writersOfStatus(String name) {
        return object(name).getMetadata().getManagedFields().stream()
                .filter(entry -> "status".equals(entry.getSubresource()))
                .map(ManagedFieldsEntry::getManager)
                .toList();
    }
}
