package dev.quartet.pilot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.netflix.discovery.EurekaClient;
import dev.quartet.admin.MetricsServer;
import dev.quartet.identity.AdminToken;
import dev.quartet.pilot.registry.Registries;
import dev.quartet.testkit.ApiServerProcess;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.ConfigurableApplicationContext;

/// Pilot with profile `kubernetes`: the client is spring-cloud-kubernetes', the registry the apiserver's.
@Tag("apiserver")
@ExtendWith(OutputCaptureExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PilotOnKubernetesTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String KUBECONFIG = "kubeconfig"; // fabric8's system property

    @TempDir static Path folder;

    private ApiServerProcess apiServer;
    private KubernetesClient client;
    private ConfigurableApplicationContext pilot;

    @BeforeAll
    void start() throws IOException {
        apiServer = ApiServerProcess.create();
        client =
                new KubernetesClientBuilder()
                        .withConfig(Config.fromKubeconfig(Files.readString(apiServer.kubeconfig())))
                        .build();
        client.resource(
                        new NamespaceBuilder()
                                .withNewMetadata()
                                .withName("istio-system")
                                .endMetadata()
                                .build())
                .create();
        client.resource(settings("WARN")).create();
        System.setProperty(KUBECONFIG, apiServer.kubeconfig().toString());
        pilot =
                SpringApplication.run(
                        PilotApplication.class,
                        "--spring.profiles.active=kubernetes",
                        "--server.port=0",
                        "--quartet.metrics.port=0",
                        "--quartet.pilot.xds-port=0",
                        "--quartet.bind-address=127.0.0.1",
                        "--quartet.admin.tls.from-identity=false",
                        "--quartet.state-dir=" + folder.resolve("state"),
                        "--quartet.identity.token-file=" + folder.resolve("token"),
                        "--quartet.identity.root-cert-file=" + folder.resolve("root.pem"),
                        "--quartet.identity.citadel-address=127.0.0.1:1",
                        "--quartet.galley.address=127.0.0.1:1");
    }

    @AfterAll
    void stop() {
        System.clearProperty(KUBECONFIG);
        if (pilot != null) {
            pilot.close();
        }
        if (client != null) {
            client.close();
        }
        if (apiServer != null) {
            apiServer.close();
        }
    }

    @Test
    void followsTheApiserverAndShowsHow() throws Exception {
        var registry = pilot.getBean(Registries.class);
        await().atMost(LIMIT).until(() -> registry.registry().isPresent());

        assertThat(registry.registry().orElseThrow().services())
                .extracting(service -> service.host())
                .contains("kubernetes.default.svc.cluster.local");
        assertThat(rest("/admin/v1/status").body())
                .contains("\"kubernetes\"")
                .containsPattern("\"services\" ?: ?\"\\d+, watching\"");
    }

    @Test
    void discoveryClientsThatNobodyAskedForAreNotAsked() {
        await().atMost(LIMIT).until(() -> pilot.getBean(Registries.class).registry().isPresent());

        assertThat(pilot.getBeanNamesForType(DiscoveryClient.class))
                .as("Spring Cloud's own two, which open nothing")
                .containsExactlyInAnyOrder("compositeDiscoveryClient", "simpleDiscoveryClient");
        assertThat(pilot.getBeanNamesForType(EurekaClient.class)).isEmpty();
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.startsWith("pilot-discovery"));
        assertThat(pilot.getBean(Registries.class).status()).containsOnlyKeys("kubernetes");
    }

    @Test
    void logLevelsFollowItsConfigMap(CapturedOutput output) throws Exception {
        assertThat(rest("/admin/v1/loggers/dev.quartet.test.level").body()).contains("WARN");

        client.resource(settings("DEBUG")).update();

        await().atMost(LIMIT)
                .untilAsserted(() ->
                        assertThat(rest("/admin/v1/loggers/dev.quartet.test.level").body())
                                .contains("DEBUG"));
        assertThat(output.getAll())
                .contains("Log levels changed")
                .doesNotContain("Cannot create default instance");
    }

    private static ConfigMap settings(String level) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withName("istio-pilot")
                .withNamespace("istio-system")
                .endMetadata()
                .addToData(
                        "application.yaml",
                        "logging: {level: {dev.quartet.test.level: %s}}".formatted(level))
                .build();
    }

    @Test
    void readinessSaysWhatItWaitsFor() throws Exception {
        var open = "http://127.0.0.1:" + pilot.getBean(MetricsServer.class).port();

        var ready = get(open + "/healthz/ready", "");

        assertThat(ready.statusCode()).isEqualTo(503);
        assertThat(ready.body())
                .startsWith("waits for: ")
                .contains(
                        "a certificate from Citadel at 127.0.0.1:1 (",
                        "root.pem is missing",
                        "config from Galley at 127.0.0.1:1");
        assertThat(get(open + "/healthz/live", "").statusCode()).isEqualTo(200);
    }

    private HttpResponse<String> rest(String path) throws Exception {
        var port = pilot.getEnvironment().getRequiredProperty("local.server.port");
        return get("http://127.0.0.1:" + port + path, pilot.getBean(AdminToken.class).reveal());
    }

    private static HttpResponse<String> get(String url, String token) throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            return http.send(
                    HttpRequest.newBuilder(URI.create(url))
                            .header("Authorization", "Bearer " + token)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }
}
