package dev.quartet.pilot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.pilot.discovery.EurekaInstance;
import dev.quartet.pilot.discovery.EurekaServerProcess;
import dev.quartet.pilot.ingest.Registry;
import dev.quartet.pilot.ingest.Registry.Port;
import dev.quartet.pilot.ingest.Registry.RegisteredService;
import dev.quartet.pilot.ingest.Registry.RegisteredWorkload;
import dev.quartet.pilot.registry.Registries;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

/// Pilot with the Eureka client that it ships, before a real Eureka server; applications register with Spring Cloud's client.
@ExtendWith(OutputCaptureExtension.class)
class PilotOnEurekaTest {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final String ORDERS = "orders.shop.svc.cluster.local";

    @TempDir Path folder;

    private EurekaServerProcess server;
    private ConfigurableApplicationContext pilot;

    @BeforeEach
    void start() {
        server = EurekaServerProcess.create(folder);
        pilot = pilot(folder, server);
    }

    /// Pilot without Galley and Citadel, with all that the server knows in namespace `shop`.
    static ConfigurableApplicationContext pilot(Path folder, EurekaServerProcess server) {
        return StandalonePilot.start(
                folder,
                "--quartet.pilot.discovery.enabled=true",
                "--quartet.pilot.discovery.namespace=shop",
                "--eureka.client.registry-fetch-interval-seconds=1",
                "--eureka.client.service-url.defaultZone=" + server.url());
    }

    @AfterEach
    void stop() {
        if (pilot != null) {
            pilot.close();
        }
        server.close();
    }

    @Test
    void anApplicationThatRegistersIsAServiceWithItsInstances() {
        try (var _ =
                EurekaInstance.start(
                        server,
                        "ORDERS",
                        "orders-a",
                        "10.1.0.1",
                        8081,
                        Map.of(
                                "version", "v1",
                                "zone", "eu-1",
                                "quartet.port", "80",
                                "quartet.protocol", "grpc",
                                "quartet.port-name", "grpc-orders",
                                "quartet.service-account", "orders",
                                "security.istio.io/tlsMode", "istio"))) {
            eventually(registry -> assertThat(members(registry)).hasSize(1));

            var registry = registry().orElseThrow();
            assertThat(registry.services())
                    .containsExactly(
                            RegisteredService.named(
                                    ORDERS,
                                    "shop",
                                    "orders",
                                    List.of(new Port(80, "grpc-orders", "grpc")),
                                    Map.of(),
                                    List.of("orders-a.shop")));
            var workload = registry.workloads().getFirst();
            assertThat(workload.name()).isEqualTo("orders-v1");
            assertThat(workload.address()).isEqualTo("10.1.0.1");
            assertThat(workload.ports()).containsExactly(Map.entry(ORDERS + "/grpc-orders", 8081));
            assertThat(workload.labels())
                    .containsEntry("app", "orders")
                    .containsEntry("version", "v1")
                    .containsEntry("zone", "eu-1")
                    .doesNotContainKey("quartet.port");
            assertThat(workload.serviceAccount()).isEqualTo("orders");
            assertThat(workload.hasSidecar()).isTrue();
        }
    }

    @Test
    void instancesComeRenewAndGo() throws Exception {
        try (var _ = orders("a", "10.1.0.1")) {
            eventually(registry -> assertThat(members(registry)).hasSize(1));
            var renewed = lastRenewal();
            await().atMost(LIMIT).until(() -> lastRenewal() > renewed + 4000);
            assertThat(members(registry().orElseThrow())).as("longer than its lease").hasSize(1);

            try (var _ = orders("b", "10.1.0.2");
                    var _ = orders("c", "10.1.0.3")) {
                eventually(registry ->
                        assertThat(registry.workloads())
                                .extracting(RegisteredWorkload::address)
                                .containsExactly("10.1.0.1", "10.1.0.2", "10.1.0.3"));
            }

            eventually(registry -> assertThat(members(registry)).containsExactly("orders-a.shop"));
            assertThat(status()).doesNotContain("endpointsKept");
        }
    }

    @Test
    void aServerThatIsKilledAndComesBackTakesNoEndpointAway(CapturedOutput log) {
        try (var _ = orders("a", "10.1.0.1");
                var _ = orders("b", "10.1.0.2")) {
            eventually(registry -> assertThat(members(registry)).hasSize(2));

            server.kill();

            await().atMost(LIMIT)
                    .untilAsserted(() -> {
                        assertThat(status()).contains("no Eureka server has answered for");
                        assertThat(log)
                                .contains("Registry does not answer, its last content counts");
                    });
            assertThat(members(registry().orElseThrow())).hasSize(2);

            server.start();

            await().atMost(LIMIT)
                    .untilAsserted(() -> {
                        assertThat(members(registry().orElseThrow()))
                                .as("at any time: an empty answer is not believed at once")
                                .hasSize(2);
                        assertThat(status()).doesNotContain("trouble", "endpointsKept");
                        assertThat(log).contains("Registry answers again");
                    });
        }
    }

    @Test
    void aServerThatForgotItsInstancesIsNotBelievedForTheGraceTime(CapturedOutput log) {
        try (var _ =
                orders("a", "10.1.0.1", "--eureka.client.should-unregister-on-shutdown=false")) {
            eventually(registry -> assertThat(members(registry)).hasSize(1));
        }

        server.kill();
        server.start();

        await().atMost(LIMIT)
                .untilAsserted(() -> {
                    assertThat(members(registry().orElseThrow())).hasSize(1);
                    assertThat(status()).contains("endpointsKept=1", "services=0");
                });
        assertThat(log).contains("Registry suddenly lists much less");
    }

    private EurekaInstance orders(String id, String address, String... more) {
        return EurekaInstance.start(
                server, "orders", "orders-" + id, address, 8080, Map.of(), more);
    }

    private long lastRenewal() throws Exception {
        return Long.parseLong(
                server.get("apps/ORDERS/orders-a")
                        .replaceAll("(?s).*\"lastRenewalTimestamp\":(\\d+).*", "$1"));
    }

    private Optional<Registry> registry() {
        return pilot.getBean(Registries.class).registry();
    }

    private String status() {
        return pilot.getBean(Registries.class).status().toString();
    }

    private static List<String> members(Registry registry) {
        return registry.services().stream()
                .filter(service -> service.host().equals(ORDERS))
                .flatMap(service -> service.members().stream())
                .toList();
    }

    private void eventually(java.util.function.Consumer<Registry> assertion) {
        await().atMost(LIMIT)
                .untilAsserted(() -> {
                    assertThat(registry()).isPresent();
                    assertion.accept(registry().orElseThrow());
                });
    }
}
