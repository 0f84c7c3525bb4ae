package dev.quartet.pilot.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.pilot.ingest.Registry;
import dev.quartet.pilot.ingest.Registry.RegisteredService;
import dev.quartet.pilot.ingest.Registry.RegisteredWorkload;
import dev.quartet.pilot.registry.GraceSettings;
import dev.quartet.pilot.registry.Registries;
import dev.quartet.testkit.ApiServerProcess;
import dev.quartet.testkit.SourceTree;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/// Two real apiservers, one mesh; Pilot has the rights of its manifest in the first.
@Tag("apiserver")
@ExtendWith(OutputCaptureExtension.class)
class RemoteClustersTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String NAMESPACE = "istio-remote-clusters";
    private static final String PILOT =
            "system:serviceaccount:istio-system:istio-pilot-service-account";

    /// The Service's own in each cluster: both have the same range.
    private static final String HOME_ADDRESS = "10.96.1.17";

    private static final String EAST_ADDRESS = "10.96.1.18";
    private static final String REVIEWS = "reviews.shop.svc.cluster.local";

    private static ApiServerProcess home;
    private static ApiServerProcess east;
    private static KubernetesClient homeAdmin;
    private static KubernetesClient eastAdmin;
    private static KubernetesClient pilot;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private KubeRegistry own;
    private RemoteClusters clusters;
    private Registries registries;

    @BeforeAll
    static void startServers() throws IOException {
        home = ApiServerProcess.create();
        east = ApiServerProcess.create();
        homeAdmin = client(home, null);
        eastAdmin = client(east, null);
        pilot = client(home, PILOT);
        for (var namespace : List.of("shop", "istio-system")) {
            create(homeAdmin, namespace);
        }
        create(eastAdmin, "shop");
        put(
                homeAdmin,
                Files.readString(SourceTree.root().resolve("k8s/pilot/manifests/rbac.yaml")));
        service(homeAdmin, HOME_ADDRESS, "10.1.0.1");
        service(eastAdmin, EAST_ADDRESS, "10.2.0.1");
    }

    @AfterAll
    static void stopServers() {
        for (var each : new AutoCloseable[] {pilot, homeAdmin, eastAdmin, home, east}) {
            if (each != null) {
                try {
                    each.close();
                } catch (Exception failure) {
                    throw new IllegalStateException(failure);
                }
            }
        }
    }

    @BeforeEach
    void start() {
        own = new KubeRegistry("kubernetes", pilot, () -> {});
        clusters =
                new RemoteClusters(
                        pilot,
                        new RemoteClusterSettings(NAMESPACE),
                        Clock.systemUTC(),
                        new ClusterMetrics(meters),
                        () -> {});
        registries =
                new Registries(
                        List.of(() -> List.of(own.member()), clusters),
                        new GraceSettings(Duration.ofMinutes(5), 50),
                        Clock.systemUTC(),
                        meters,
                        () -> {});
    }

    @AfterEach
    void stop() {
        homeAdmin.secrets().inNamespace(NAMESPACE).delete();
        registries.close();
        clusters.close();
        own.close();
    }

    @Test
    void aSecretAddsAClusterAndItsEndOfItTakesItsEndpointsAlong() throws Exception {
        eventually(registry -> assertThat(addresses(registry)).containsExactly("10.1.0.1"));

        secret("remotes", Map.of("east", Files.readString(east.kubeconfig())));

        eventually(registry -> {
            assertThat(addresses(registry)).containsExactly("10.1.0.1", "10.2.0.1");
            assertThat(registry.services().stream().filter(it -> it.name().equals("kubernetes")))
                    .as("each cluster's own")
                    .hasSizeLessThan(2);
            var reviews =
                    registry.services().stream()
                            .filter(it -> it.host().equals(REVIEWS))
                            .findFirst()
                            .orElseThrow();
            assertThat(reviews.addresses()).containsExactly(HOME_ADDRESS);
            assertThat(reviews.elsewhere())
                    .as("by which clients in the other cluster know it")
                    .isEqualTo(Map.of("kubernetes/east", List.of(EAST_ADDRESS)));
        });
        assertThat(
                        meters.get("pilot_registry_workloads")
                                .tag("registry", "kubernetes/east")
                                .gauge())
                .isNotNull();
        eventually(_ -> assertThat(number("synced")).isEqualTo(1));
        assertThat(clusters.status().toString()).contains("east={state=SYNCED", ", watching");

        homeAdmin.secrets().inNamespace(NAMESPACE).withName("remotes").delete();

        eventually(registry -> assertThat(addresses(registry)).containsExactly("10.1.0.1"));
        assertThat(registries.status().toString())
                .as("at once: this is no sudden loss")
                .doesNotContain("east", "endpointsKept");
        assertThat(number("synced")).isZero();
    }

    @Test
    void aBadKubeconfigIsToldAndStopsNobody(CapturedOutput log) throws Exception {
        var good = Files.readString(east.kubeconfig());
        secret("remotes", Map.of("east", good, "west", "no kubeconfig: at all"));

        eventually(registry -> {
            assertThat(addresses(registry)).containsExactly("10.1.0.1", "10.2.0.1");
            assertThat(number("faulty")).isEqualTo(1);
        });
        assertThat(clusters.status().toString()).contains("west={state=FAULTY, kubeconfig=");
        assertThat(log)
                .contains("Kubeconfig of a remote cluster cannot be used", "name=\"west\"")
                .doesNotContain("at all");

        secret("remotes", Map.of("east", good.replace("token:", "tokenFile:"), "west", good));

        eventually(registry -> {
            assertThat(number("faulty")).isEqualTo(1);
            assertThat(clusters.status().toString())
                    .contains("east={state=FAULTY", "tokenFile is a path", "west={state=SYNCED");
            assertThat(addresses(registry))
                    .as("east keeps the connection that it had; west is the same cluster")
                    .containsExactly("10.1.0.1", "10.2.0.1");
        });
    }

    @Test
    void aNewKubeconfigOfAClusterTakesNothingAwayUntilItHasListedAll() throws Exception {
        var good = Files.readString(east.kubeconfig());
        secret("remotes", Map.of("east", good));
        eventually(registry ->
                assertThat(addresses(registry)).containsExactly("10.1.0.1", "10.2.0.1"));

        secret(
                "remotes",
                Map.of("east", good.replaceFirst("server: .*", "server: https://127.0.0.1:1")));
        eventually(registry -> {
            assertThat(number("waiting")).isEqualTo(1);
            assertThat(addresses(registry)).containsExactly("10.1.0.1", "10.2.0.1");
        });

        secret("remotes", Map.of("east", good));
        eventually(registry -> {
            assertThat(number("synced")).isEqualTo(1);
            assertThat(addresses(registry)).containsExactly("10.1.0.1", "10.2.0.1");
        });
    }

    @Test
    void pilotReadsNoSecretsOfTheMeshItself() {
        org.assertj.core.api.Assertions.assertThatThrownBy(
                        () -> pilot.secrets().inNamespace("istio-system").list())
                .hasMessageContaining("forbidden");
    }

    private double number(String state) {
        return meters.get("pilot_k8s_remote_clusters").tag("state", state).gauge().value();
    }

    private void eventually(Consumer<Registry> assertion) {
        await().atMost(LIMIT)
                .untilAsserted(() -> {
                    var known = registries.registry();
                    assertThat(known).isPresent();
                    assertion.accept(known.orElseThrow());
                });
    }

    private static List<String> addresses(Registry registry) {
        var members =
                registry.services().stream()
                        .filter(service -> service.host().equals(REVIEWS))
                        .map(RegisteredService::members)
                        .flatMap(List::stream)
                        .toList();
        return registry.workloads().stream()
                .filter(workload -> members.contains(workload.instance()))
                .map(RegisteredWorkload::address)
                .sorted()
                .toList();
    }

    private static KubernetesClient client(ApiServerProcess server, @Nullable String user)
            throws IOException {
        var config = Config.fromKubeconfig(Files.readString(server.kubeconfig()));
        config.setImpersonateUsername(user);
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    private static void create(KubernetesClient admin, String namespace) {
        admin.resource(
                        new NamespaceBuilder()
                                .withNewMetadata()
                                .withName(namespace)
                                .endMetadata()
                                .build())
                .create();
    }

    private static void secret(String name, Map<String, String> kubeconfigs) {
        homeAdmin
                .resource(
                        new SecretBuilder()
                                .withNewMetadata()
                                .withName(name)
                                .withNamespace(NAMESPACE)
                                .addToLabels("istio/multiCluster", "true")
                                .endMetadata()
                                .withStringData(kubeconfigs)
                                .build())
                .createOr(NonDeletingOperation::update);
    }

    /// With one endpoint that is no Pod.
    private static void service(KubernetesClient admin, String virtual, String address) {
        put(
                admin,
                """
                apiVersion: v1
                kind: Service
                metadata: {name: reviews, namespace: shop}
                spec:
                  clusterIP: %s
                  ports: [{name: http, port: 80}]
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata:
                  name: reviews-1
                  namespace: shop
                  labels: {kubernetes.io/service-name: reviews}
                addressType: IPv4
                ports: [{name: http, port: 9080}]
                endpoints: [{addresses: [%s], conditions: {ready: true}}]
                """
                        .formatted(virtual, address));
    }

    private static void put(KubernetesClient admin, String yaml) {
        admin.load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)))
                .items()
                .forEach(item -> admin.resource(item).createOr(NonDeletingOperation::update));
    }
}
