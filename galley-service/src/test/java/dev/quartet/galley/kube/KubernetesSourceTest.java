package dev.quartet.galley.kube;

import static dev.quartet.galley.TestDocuments.route;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.config.Kind;
import dev.quartet.config.Problem;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.mesh.MeshConfig;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.testkit.TcpGate;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Objects on a real apiserver, and what Galley has of them.
@Tag("apiserver")
class KubernetesSourceTest {
    @RegisterExtension static final TestCluster cluster = new TestCluster();

    private final AtomicInteger bad = new AtomicInteger();
    private TcpGate gate;
    private KubernetesSource source;

    @BeforeEach
    void start() {
        gate = TcpGate.to(cluster.apiServer().port());
        start(gate.port());
        source.watch(_ -> {});
        source.complete().join();
    }

    private void start(int port) {
        source =
                new KubernetesSource(
                        cluster.client(port),
                        "istio-system",
                        TestBooks.on(cluster.client(port)),
                        (kind, good) -> bad.addAndGet(good ? 0 : 1));
    }

    @AfterEach
    void stop() {
        source.close();
        gate.close();
    }

    private static ConditionFactory soon() {
        return await().atMost(TestCluster.LIMIT);
    }

    @Test
    void readsResourcesWithTheirVersionForAPosition() {
        cluster.put(route("read", "10s"));

        soon().until(() -> spec("read").isPresent());
        var read =
                source.content().resources().stream()
                        .filter(it -> it.resource().key().equals(key("read")))
                        .findFirst()
                        .orElseThrow();
        var version =
                cluster.get("networking.istio.io/v1", "VirtualService", "shop", "read")
                        .getMetadata()
                        .getResourceVersion();
        assertThat(read.position()).hasToString("shop/read@" + version);

        cluster.delete(route("read", "10s"));
        soon().until(() -> spec("read").isEmpty());
    }

    /// A schema cannot say that a timeout is positive.
    @Test
    void keepsTheLastGoodVersionOfABadObjectAndAllOthers() {
        cluster.put(route("kept", "10s"));
        soon().until(() -> spec("kept").isPresent());

        cluster.put(route("kept", "-10s"));
        cluster.put(route("never-good", "-10s"));
        cluster.put(route("good", "3s"));

        soon().until(() -> spec("good").isPresent() && problems("never-good").isPresent());
        assertThat(timeout("kept")).contains("PT10S");
        assertThat(spec("never-good")).isEmpty();
        assertThat(problems("kept"))
                .hasValueSatisfying(problem ->
                        assertThat(problem)
                                .asString()
                                .startsWith("InvalidValue shop/kept@")
                                .contains("spec.http[0].timeout"));
        assertThat(bad.get()).isGreaterThanOrEqualTo(2);

        cluster.put(route("kept", "4s"));
        soon().untilAsserted(() -> assertThat(timeout("kept")).contains("PT4S"));
        assertThat(problems("kept")).isEmpty();
    }

    @Test
    void readsTheMeshConfigFromTheConfigMap() {
        assertThat(meshConfig()).isEmpty();

        cluster.put(
                map("trustDomain: shop.example\\noutboundTrafficPolicy: {mode: REGISTRY_ONLY}"));
        soon().until(() -> meshConfig().isPresent());
        assertThat(meshConfig().orElseThrow().trustDomain()).isEqualTo("shop.example");

        cluster.put(map("trustDomian: other.example"));
        soon().untilAsserted(() ->
                assertThat(source.content().problems())
                        .extracting(Problem::toString)
                        .anyMatch(text ->
                                text.startsWith("UnknownField ConfigMap istio-system/istio@")
                                        && text.contains("did you mean trustDomain?")));
        assertThat(meshConfig().orElseThrow().trustDomain()).isEqualTo("shop.example");

        cluster.delete(map(""));
        soon().until(() -> meshConfig().isEmpty());
    }

    @Test
    void knowsTheClustersServices() {
        assertThat(source.content().services())
                .anySatisfy(service -> {
                    assertThat(service.host()).isEqualTo("kubernetes.default.svc.cluster.local");
                    assertThat(service.ports()).containsExactly(443);
                });
    }

    @Test
    void hasNothingBeforeEveryListIsCompleteAndKeepsAllWhileTheApiserverIsAway() {
        cluster.put(route("lasting", "1s"));
        source.close();
        gate.shut();
        start(gate.port());
        var changes = new AtomicInteger();
        source.watch(_ -> changes.incrementAndGet());
        soon().until(() -> source.status().containsValue("waiting for the first list"));
        assertThat(source.complete()).isNotDone();
        assertThat(source.content().services()).isEmpty();
        assertThat(changes).hasValue(0);

        gate.open();
        soon().until(source.complete()::isDone);
        assertThat(changes).hasPositiveValue();
        assertThat(spec("lasting")).isPresent();

        gate.shut();
        soon().until(() ->
                source.status().getOrDefault("virtualservices", "").contains("connection lost"));
        cluster.put(route("lasting", "2s"));
        assertThat(timeout("lasting")).contains("PT1S");

        gate.open();
        soon().untilAsserted(() -> assertThat(timeout("lasting")).contains("PT2S"));
    }

    private static ResourceKey key(String name) {
        return new ResourceKey(Kind.VIRTUAL_SERVICE, "shop", name);
    }

    private Optional<VirtualService> spec(String name) {
        return source.content().resources().stream()
                .filter(read -> read.resource().key().equals(key(name)))
                .map(read -> (VirtualService) read.resource().spec())
                .findFirst();
    }

    private Optional<String> timeout(String name) {
        return spec(name).map(spec -> String.valueOf(spec.http().getFirst().timeout()));
    }

    private Optional<Problem> problems(String name) {
        return source.content().problems().stream()
                .filter(problem -> key(name).equals(problem.resource()))
                .findFirst();
    }

    private Optional<MeshConfig> meshConfig() {
        return source.content().resources().stream()
                .filter(read -> read.resource().key().kind() == Kind.MESH_CONFIG)
                .map(read -> (MeshConfig) read.resource().spec())
                .findFirst();
    }

    private static String map(String mesh) {
        return """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: istio, namespace: istio-system}
        data: {mesh: "%s", meshNetworks: "networks: {}"}
        """
                .formatted(mesh);
    }
}
