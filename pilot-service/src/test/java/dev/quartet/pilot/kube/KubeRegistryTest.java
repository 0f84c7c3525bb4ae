package dev.quartet.pilot.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.pilot.Meshes;
import dev.quartet.pilot.ingest.MeshInputs;
import dev.quartet.pilot.ingest.Presences;
import dev.quartet.pilot.ingest.Registry;
import dev.quartet.pilot.node.Place;
import dev.quartet.pilot.snapshot.MeshSnapshot;
import dev.quartet.pilot.snapshot.Networks;
import dev.quartet.pilot.snapshot.Service;
import dev.quartet.pilot.snapshot.SnapshotBuilder;
import dev.quartet.pilot.snapshot.Workload;
import dev.quartet.stream.ConfigSnapshot;
import dev.quartet.testkit.ApiServerProcess;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LoadBalancerIngressBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Consumer;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Objects on a real apiserver, and what the snapshot knows of them.
@Tag("apiserver")
class KubeRegistryTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String REVIEWS = "reviews.shop.svc.cluster.local";

    private static ApiServerProcess apiServer;
    private static KubernetesClient client;
    private static KubeRegistry registry;

    @BeforeAll
    static void start() throws IOException {
        apiServer = ApiServerProcess.create();
        client =
                new KubernetesClientBuilder()
                        .withConfig(Config.fromKubeconfig(Files.readString(apiServer.kubeconfig())))
                        .build();
        create(
                """
                apiVersion: v1
                kind: Namespace
                metadata: {name: shop}
                """);
        registry = new KubeRegistry("kubernetes", client, () -> {});
    }

    @AfterAll
    static void stop() {
        if (client != null) {
            registry.close();
            client.close();
            apiServer.close();
        }
    }

    @Test
    void aServiceHasItsReadyPodsOnThePortsThatItsSlicesName() {
        service("reviews", "{name: http-web, port: 80, targetPort: web}");
        pod("reviews-v1-5d8f-aaa", "10.1.0.1", "reviews-v1-5d8f", "version: v1", true);
        pod("reviews-v2-77c9-bbb", "10.1.0.2", "reviews-v2-77c9", "version: v2", false);
        slice(
                "reviews",
                "{name: http-web, port: 9080}",
                endpoint("10.1.0.1", "reviews-v1-5d8f-aaa", true),
                endpoint("10.1.0.2", "reviews-v2-77c9-bbb", true),
                endpoint("10.1.0.3", "reviews-v3-not-here-yet", true));

        eventually(mesh -> {
            var service = mesh.service(REVIEWS).orElseThrow();
            var port = service.port(80).orElseThrow();
            assertThat(port.protocol().isHttp()).isTrue();
            assertThat(service.inMesh()).isTrue();
            assertThat(mesh.workloads(REVIEWS))
                    .as("a Pod that is not known yet waits")
                    .extracting(
                            Workload::name,
                            Workload::address,
                            Workload::serviceAccount,
                            Workload::hasSidecar,
                            workload -> workload.portFor(service, port))
                    .containsExactly(
                            org.assertj.core.groups.Tuple.tuple(
                                    "reviews-v1", "10.1.0.1", "reviews", true, 9080),
                            org.assertj.core.groups.Tuple.tuple(
                                    "reviews-v2", "10.1.0.2", "reviews", false, 9080));
            assertThat(mesh.servicesOf("reviews-v1-5d8f-aaa.shop"))
                    .extracting(Service::host)
                    .containsExactly(REVIEWS);
        });

        slice(
                "reviews",
                "{name: http-web, port: 9080}",
                endpoint("10.1.0.1", "reviews-v1-5d8f-aaa", false),
                endpoint("10.1.0.2", "reviews-v2-77c9-bbb", true));

        eventually(mesh ->
                assertThat(mesh.workloads(REVIEWS))
                        .as("who is not ready gets no requests")
                        .extracting(Workload::name)
                        .containsExactly("reviews-v2"));
    }

    @Test
    void anEndpointThatIsNoPodHasNoSidecar() {
        service("legacy", "{name: tcp, port: 5432}");
        slice(
                "legacy",
                "{name: tcp, port: 15432}",
                "{addresses: [10.9.9.9], conditions: {ready: true}}");

        eventually(mesh ->
                assertThat(mesh.workloads("legacy.shop.svc.cluster.local"))
                        .extracting(Workload::address, Workload::hasSidecar)
                        .containsExactly(org.assertj.core.groups.Tuple.tuple("10.9.9.9", false)));
    }

    @Test
    void aPodIsWhereItsNodeIsUnlessItSaysMore() {
        create(
                """
                apiVersion: v1
                kind: Node
                metadata:
                  name: node-1
                  labels: {topology.kubernetes.io/region: eu, topology.kubernetes.io/zone: eu-1, topology.istio.io/subzone: rack-7}
                """);
        pod("placed", "10.1.0.20", "placed-1", "app: placed", true, "node-1");
        pod(
                "moved",
                "10.1.0.21",
                "moved-1",
                "istio-locality: us.us-2, topology.istio.io/network: there",
                true,
                "node-1");

        eventually(mesh -> {
            assertThat(mesh.workload("placed.shop").map(Workload::place))
                    .contains(new Place("eu", "eu-1", "rack-7", ""));
            assertThat(mesh.workload("moved.shop").map(Workload::place))
                    .contains(new Place("us", "us-2", "", "there"));
        });

        create(
                """
                apiVersion: v1
                kind: Node
                metadata:
                  name: node-1
                  labels: {failure-domain.beta.kubernetes.io/region: asia}
                """);

        eventually(mesh ->
                assertThat(mesh.workload("placed.shop").map(Workload::place))
                        .contains(new Place("asia", "", "", "")));
    }

    @Test
    void aNetworksGatewayIsWhereItsServicesLoadBalancerIs() {
        var service =
                (io.fabric8.kubernetes.api.model.Service)
                        create(
                                """
                                apiVersion: v1
                                kind: Service
                                metadata: {name: eastwest, namespace: shop}
                                spec:
                                  type: LoadBalancer
                                  externalIPs: [192.0.2.20]
                                  ports: [{name: tls, port: 15443}]
                                """);
        service.getStatus()
                .getLoadBalancer()
                .setIngress(
                        List.of(
                                new LoadBalancerIngressBuilder().withIp("192.0.2.10").build(),
                                new LoadBalancerIngressBuilder()
                                        .withHostname("a.example.com")
                                        .build()));
        client.resource(service).updateStatus();
        var config =
                Meshes.config(
                        "r1",
                        """
                        apiVersion: mesh.istio.io/v1alpha1
                        kind: MeshNetworks
                        metadata: {name: default}
                        spec:
                          networks:
                            here:
                              endpoints: [{fromRegistry: Kubernetes}, {fromCidr: 10.77.0.0/16}]
                              gateways: [{registryServiceName: eastwest.shop.svc.cluster.local, port: 15443, locality: eu/eu-1}]
                        """);
        pod("inside", "10.1.0.30", "inside-1", "app: inside", true);

        eventually(
                config,
                mesh -> {
                    assertThat(mesh.placement().gateways())
                            .containsOnlyKeys("here")
                            .extractingByKey("here")
                            .asInstanceOf(InstanceOfAssertFactories.list(Networks.Gateway.class))
                            .extracting(Networks.Gateway::address)
                            .containsExactly("192.0.2.10", "192.0.2.20");
                    assertThat(mesh.workload("inside.shop").map(it -> it.place().network()))
                            .contains("here");
                });
    }

    @Test
    void aPodOfNoServiceIsAWorkloadToo() {
        pod("client", "10.1.0.9", null, "app: client", true);

        eventually(mesh ->
                assertThat(mesh.workload("client.shop"))
                        .hasValueSatisfying(
                                workload -> assertThat(workload.name()).isEqualTo("client")));
    }

    @Test
    void portsSayWhatTheySpeakByNameOrAppProtocol() {
        service(
                "ports",
                "{name: grpc, port: 1}",
                "{name: web, port: 2, appProtocol: http}",
                "{name: h2, port: 3, appProtocol: kubernetes.io/h2c}",
                "{name: data, port: 4}",
                "{name: dns, port: 5, protocol: UDP}",
                "{name: own, port: 6, appProtocol: example.org/own}");

        eventually(mesh ->
                assertThat(mesh.service("ports.shop.svc.cluster.local").orElseThrow().ports())
                        .extracting(port -> port.protocol() + (port.detected() ? "?" : ""))
                        .containsExactly("GRPC", "HTTP", "HTTP2", "TCP?", "UDP", "TCP"));
    }

    @Test
    void nobodyIsToldOfHalfAMesh() {
        var cut =
                new KubernetesClientBuilder()
                        .withConfig(Config.empty())
                        .build(); // no apiserver there
        try (cut;
                var waiting = new KubeRegistry("kubernetes", cut, () -> {})) {
            assertThat(waiting.registry()).isEmpty();
            assertThat(waiting.status()).containsEntry("pods", "waiting for the first list");
        }
    }

    private static void eventually(Consumer<MeshSnapshot> assertion) {
        eventually(Meshes.config("one"), assertion);
    }

    private static void eventually(ConfigSnapshot config, Consumer<MeshSnapshot> assertion) {
        await().atMost(LIMIT)
                .ignoreException(NoSuchElementException.class) // what is not listed yet
                .untilAsserted(() -> {
                    var known = registry.registry();
                    assertThat(known).isPresent();
                    assertion.accept(snapshot(config, known.orElseThrow()));
                });
    }

    private static MeshSnapshot snapshot(ConfigSnapshot config, Registry known) {
        return new SnapshotBuilder()
                .build(new MeshInputs(config, new Presences(List.of(), true), known));
    }

    private static void service(String name, String... ports) {
        create(
                """
                apiVersion: v1
                kind: Service
                metadata: {name: %s, namespace: shop}
                spec:
                  selector: {app: %s}
                  ports: [%s]
                """
                        .formatted(name, name, String.join(", ", ports)));
    }

    private static void slice(String service, String port, String... endpoints) {
        create(
                """
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata:
                  name: %s-1
                  namespace: shop
                  labels: {kubernetes.io/service-name: %s}
                addressType: IPv4
                ports: [%s]
                endpoints: [%s]
                """
                        .formatted(service, service, port, String.join(", ", endpoints)));
    }

    private static String endpoint(String address, String pod, boolean ready) {
        return "{addresses: [%s], conditions: {ready: %s}, targetRef: {kind: Pod, namespace: shop, name: %s}}"
                .formatted(address, ready, pod);
    }

    private static void pod(
            String name,
            String address,
            @Nullable String replicaSet,
            String label,
            boolean sidecar) {
        pod(name, address, replicaSet, label, sidecar, "");
    }

    private static void pod(
            String name,
            String address,
            @Nullable String replicaSet,
            String label,
            boolean sidecar,
            String node) {
        var owner =
                replicaSet == null
                        ? ""
                        : """
                          labels: {pod-template-hash: "%s", security.istio.io/tlsMode: istio, %s}
                          ownerReferences:
                          - {apiVersion: apps/v1, kind: ReplicaSet, name: %s, uid: u-%s, controller: true}
                        """
                                .formatted(
                                        replicaSet.substring(replicaSet.lastIndexOf('-') + 1),
                                        label,
                                        replicaSet,
                                        replicaSet);
        var created =
                (Pod)
                        create(
                                """
                                apiVersion: v1
                                kind: Pod
                                metadata:
                                  name: %s
                                  namespace: shop
                                %sspec:
                                  serviceAccountName: reviews
                                  nodeName: "%s"
                                  containers:
                                  - {name: app, image: app}
                                %s\
                                """
                                        .formatted(
                                                name,
                                                owner,
                                                node,
                                                sidecar
                                                        ? "  - {name: istio-proxy, image: envoy}\n"
                                                        : ""));
        created.getStatus().setPodIP(address);
        created.getStatus().setPhase("Running");
        client.resource(created).updateStatus();
    }

    private static HasMetadata create(String yaml) {
        try (var in = new java.io.ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8))) {
            return client.resource((HasMetadata) client.load(in).items().getFirst())
                    .createOr(io.fabric8.kubernetes.client.dsl.NonDeletingOperation::update);
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
    }
}
