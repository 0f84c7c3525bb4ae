package dev.quartet.pilot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.admin.testing.AdminContract;
import dev.quartet.pilot.ingest.Registry.RegisteredService;
import dev.quartet.pilot.registry.Registries;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

/// Pilot alone: neither Galley nor Citadel is there, and the registry stands in its own settings. It starts, answers people, and lets no proxy in.
@ExtendWith(OutputCaptureExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PilotApplicationTest {
    @TempDir static Path folder;

    private final HttpClient http = HttpClient.newHttpClient();
    private ConfigurableApplicationContext pilot;

    @BeforeAll
    void start() {
        pilot =
                StandalonePilot.start(
                        folder,
                        "--quartet.pilot.discovery.enabled=true",
                        "--eureka.client.enabled=false",
                        "--spring.cloud.discovery.client.simple.instances.ORDER_SERVICE[0].uri=http://127.0.0.1:8081",
                        "--spring.cloud.discovery.client.simple.instances.ORDER_SERVICE[0].metadata.version=v1");
    }

    @AfterAll
    void stop() {
        if (pilot != null) {
            pilot.close();
        }
    }

    @TestFactory
    Stream<DynamicTest> keepsTheAdminContract() throws Exception {
        return new AdminContract(rest(""), token()).tests();
    }

    @Test
    void isNotReadyBeforeItHasConfig() throws Exception {
        var readiness = get(rest("/actuator/health/readiness"), "");

        assertThat(readiness.statusCode()).isEqualTo(503);
        assertThat(pilot.getBean(XdsDoor.class).isOpen()).isFalse();
    }

    @Test
    void listsProxiesAndSaysWhichOneIsUnknown() throws Exception {
        assertThat(get(rest("/admin/v1/proxies"), token()).body()).isEqualTo("[]");

        var unknown = get(rest("/admin/v1/proxies/nobody.shop"), token());

        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(unknown.body()).contains("no proxy \\\"nobody.shop\\\" is connected");
    }

    @Test
    void explainsNothingBeforeItHasConfig() throws Exception {
        var early = get(rest("/admin/v1/explain?url=http://reviews:9080/"), token());
        var empty = get(rest("/admin/v1/explain"), token());

        assertThat(early.statusCode()).isEqualTo(503);
        assertThat(early.body()).contains("no config yet");
        assertThat(empty.statusCode()).isEqualTo(400);
        assertThat(empty.body()).contains("is missing");
    }

    @Test
    void aDiscoveryClientIsARegistry(CapturedOutput log) throws Exception {
        await().untilAsserted(
                        () -> assertThat(pilot.getBean(Registries.class).registry()).isPresent());

        var registry = pilot.getBean(Registries.class).registry().orElseThrow();
        assertThat(registry.services())
                .extracting(RegisteredService::host)
                .containsExactly("order-service.default.svc.cluster.local");
        assertThat(registry.workloads())
                .extracting(
                        workload -> workload.name() + " " + workload.address() + workload.ports())
                .containsExactly(
                        "order-service-v1 127.0.0.1{order-service.default.svc.cluster.local/http=8081}");
        assertThat(log.getAll()).containsOnlyOnce("Service of a registry has another name");
        assertThat(get(rest("/admin/v1/status"), token()).body())
                .containsPattern("\"simple\" ?: ?\\{ ?\"services\" ?: ?1");
    }

    private URI rest(String path) {
        return URI.create(
                "http://127.0.0.1:"
                        + pilot.getEnvironment().getProperty("local.server.port")
                        + path);
    }

    private String token() throws Exception {
        return Files.readString(folder.resolve("state/admin-token")).strip();
    }

    private HttpResponse<String> get(URI uri, String token) throws Exception {
        var request = HttpRequest.newBuilder(uri);
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
