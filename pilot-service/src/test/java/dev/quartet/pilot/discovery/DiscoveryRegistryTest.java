package dev.quartet.pilot.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.quartet.pilot.ingest.Registry;
import dev.quartet.pilot.ingest.Registry.RegisteredService;
import dev.quartet.pilot.ingest.Registry.RegisteredWorkload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;

/// What no server of a test can be made to say: other clients, odd names, failures in the middle.
@ExtendWith(OutputCaptureExtension.class)
class DiscoveryRegistryTest {
    private final CatalogDiscoveryClient client = new CatalogDiscoveryClient();
    private final AtomicInteger changes = new AtomicInteger();
    private final List<DiscoveryRegistry> started = new ArrayList<>();

    /// As one that asks its server each time.
    private static final class CatalogDiscoveryClient implements DiscoveryClient {
        private volatile Map<String, List<ServiceInstance>> listed = Map.of();
        private volatile String failsFor = "";
        private final AtomicInteger asked = new AtomicInteger();

        @Override
        public String description() {
            return "a catalog";
        }

        @Override
        public List<String> getServices() {
            asked.incrementAndGet();
            if (failsFor.equals("*")) {
                throw new IllegalStateException("connection refused");
            }
            return List.copyOf(new TreeMap<>(listed).keySet());
        }

        @Override
        public List<ServiceInstance> getInstances(String id) {
            if (failsFor.equals(id)) {
                throw new IllegalStateException("timed out");
            }
            return listed.getOrDefault(id, List.of());
        }
    }

    private void start(Duration interval) {
        started.add(
                new DiscoveryRegistry(
                        client,
                        Dialect.direct(client),
                        new DiscoverySettings(true, "shop", interval),
                        changes::incrementAndGet));
    }

    @AfterEach
    void stop() {
        started.forEach(DiscoveryRegistry::close);
    }

    @Test
    void anEmptyAnswerIsAnAnswer() {
        start(Duration.ofMillis(100));

        await().untilAsserted(() -> assertThat(registry().registry()).contains(Registry.EMPTY));
        assertThat(registry().member().name()).isEqualTo("catalog");
    }

    @Test
    void halfAnAnswerChangesNothing(CapturedOutput log) {
        client.listed = Map.of("a", List.of(at("a-1", 80)), "b", List.of(at("b-1", 80)));
        start(Duration.ofMillis(100));
        await().untilAsserted(() -> assertThat(hosts()).hasSize(2));

        client.failsFor = "b";
        client.listed = Map.of("a", List.of(), "b", List.of());

        await().untilAsserted(() ->
                assertThat(registry().member().trouble().get())
                        .contains("cannot be asked: timed out"));
        assertThat(hosts()).hasSize(2);
        await().untilAsserted(() ->
                assertThat(log).contains("Registry does not answer, its last content counts"));

        client.failsFor = "";
        await().untilAsserted(() -> assertThat(hosts()).isEmpty());
        assertThat(registry().member().trouble().get()).isEmpty();
    }

    @Test
    void nothingIsKnownWhileItFails() {
        client.failsFor = "*";
        start(Duration.ofMillis(100));

        await().until(() -> client.asked.get() > 2);

        assertThat(registry().registry()).isEmpty();
        assertThat(registry().member().trouble().get()).isPresent();
    }

    @Test
    void newsAreAskedForAtOnceAndEqualContentIsNoChange() {
        client.listed = Map.of("a", List.of(at("a-1", 80), at("a-2", 80)));
        start(Duration.ofHours(1));
        await().untilAsserted(() -> assertThat(hosts()).hasSize(1));

        client.listed = Map.of("a", List.of(at("a-2", 80), at("a-1", 80)));
        registry().hasNews();
        await().until(() -> client.asked.get() == 2);
        client.listed = Map.of("a", List.of(at("a-1", 80)));
        registry().hasNews();

        await().untilAsserted(() -> assertThat(workloads()).hasSize(1));
        assertThat(changes).as("the first answer and the last").hasValue(2);
    }

    @Test
    void oddNamesAreMappedOrLeftOutAndToldOnce(CapturedOutput log) {
        client.listed =
                Map.of(
                        "ORDER_SERVICE",
                        List.of(at("Host:ORDER_SERVICE:80", 80)),
                        "order-service",
                        List.of(at("x", 80)),
                        "wörter",
                        List.of(at("y", 80)),
                        "noport",
                        List.of(at("z", 0)),
                        "nowhere",
                        List.of(
                                new DefaultServiceInstance(
                                        "n-1", "nowhere", "no-such-host.invalid", 80, false)));
        start(Duration.ofMillis(100));
        await().until(() -> client.asked.get() > 3);

        assertThat(hosts())
                .containsExactly(
                        "nowhere.shop.svc.cluster.local", "order-service.shop.svc.cluster.local");
        assertThat(workloads())
                .extracting(RegisteredWorkload::instance)
                .containsExactly("host-order-service-80.shop");
        assertThat(log.getAll())
                .containsOnlyOnce("Service of a registry has another name in the mesh")
                .containsOnlyOnce("another id is the same host")
                .containsOnlyOnce("its id is no DNS label")
                .containsOnlyOnce("they have no port")
                .containsOnlyOnce("DNS does not know its host");
    }

    @Test
    void metadataBecomeLabelsAndWordsAboutTheService(CapturedOutput log) {
        client.listed =
                Map.of(
                        "orders",
                        List.of(
                                at(
                                        "o-1",
                                        8081,
                                        Map.of(
                                                "quartet.port", "none",
                                                "version", "v2",
                                                "a b", "c",
                                                "text", "two words")),
                                at("o-2", 8081, Map.of("quartet.workload", "canary")),
                                at("o-3", 8082, Map.of("quartet.protocol", "tcp"))));
        start(Duration.ofMillis(100));
        await().untilAsserted(() -> assertThat(hosts()).hasSize(1));

        var known = registry().registry().orElseThrow();
        assertThat(known.services().getFirst().ports())
                .as("the most frequent; the first that says a protocol")
                .containsExactly(new Registry.Port(8081, "tcp", "tcp"));
        assertThat(workloads())
                .extracting(RegisteredWorkload::name)
                .containsExactly("orders-v2", "canary", "orders");
        assertThat(workloads().getFirst().labels())
                .containsExactly(Map.entry("app", "orders"), Map.entry("version", "v2"));
        assertThat(workloads())
                .allMatch(workload -> !workload.hasSidecar())
                .allMatch(workload -> workload.serviceAccount().equals("default"));
        assertThat(log)
                .contains("quartet.port of a service is no port", "detail=\"none\"")
                .contains("listen on several ports")
                .contains("can be no label, it is left out", "detail=\"a b\"")
                .contains("detail=\"text\"");
    }

    @Test
    void secureInstancesSpeakHttps() {
        client.listed =
                Map.of(
                        "orders",
                        List.of(new DefaultServiceInstance("o", "orders", "10.0.0.1", 8443, true)));
        start(Duration.ofMillis(100));

        await().untilAsserted(() ->
                assertThat(registry().registry().orElseThrow().services().getFirst().ports())
                        .containsExactly(new Registry.Port(8443, "https", "https")));
    }

    @Test
    void settingsThatCannotBeAreRefused() {
        assertThatThrownBy(() -> new DiscoverySettings(true, "My_Shop", Duration.ofSeconds(2)))
                .hasMessageContaining("quartet.pilot.discovery.namespace is \"My_Shop\"");
        assertThatThrownBy(() -> new DiscoverySettings(true, "shop", Duration.ofMillis(1)))
                .hasMessageContaining("quartet.pilot.discovery.interval");
    }

    private DiscoveryRegistry registry() {
        return started.getFirst();
    }

    private List<String> hosts() {
        return registry().registry().orElse(Registry.EMPTY).services().stream()
                .map(RegisteredService::host)
                .toList();
    }

    private List<RegisteredWorkload> workloads() {
        return registry().registry().orElse(Registry.EMPTY).workloads();
    }

    private static ServiceInstance at(String id, int port) {
        return at(id, port, Map.of());
    }

    private static ServiceInstance at(String id, int port, Map<String, String> metadata) {
        return new DefaultServiceInstance(id, "any", "10.0.0.1", port, false, metadata);
    }
}
