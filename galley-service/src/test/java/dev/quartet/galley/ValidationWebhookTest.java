package dev.quartet.galley;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.admin.MetricsServer;
import dev.quartet.admin.testing.WebhookContract;
import dev.quartet.admin.webhook.Webhook;
import dev.quartet.identity.Pem;
import dev.quartet.identity.testing.TestAuthority;
import dev.quartet.identity.testing.Trusting;
import dev.quartet.testkit.PlainHttp;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/// The webhook outside of a cluster, with an operator's certificate: it needs no Citadel.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ValidationWebhookTest {
    private static final String REVIEW =
            """
            {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
             "request": {"uid": "u-1", "operation": "CREATE", "namespace": "shop",
               "kind": {"group": "networking.istio.io", "version": "v1", "kind": "VirtualService"},
               "object": {"apiVersion": "networking.istio.io/v1", "kind": "VirtualService",
                 "metadata": {"name": "reviews", "namespace": "shop"},
                 "spec": {"hosts": ["reviews"], "http": [{"route": [{"destination": {"host": "reviews"}}]}]}}}}
            """;

    private ConfigurableApplicationContext galley;
    private HttpClient client;
    private URI base;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        var material = TestAuthority.selfSigned("EC", Duration.ofHours(1));
        var certificate =
                Files.writeString(folder.resolve("tls.crt"), Pem.encode(material.chain()));
        var key = Files.writeString(folder.resolve("tls.key"), Pem.encode(material.key()));
        galley =
                SpringApplication.run(
                        GalleyApplication.class,
                        "--server.port=0",
                        "--quartet.metrics.port=0",
                        "--quartet.galley.grpc-port=0",
                        "--quartet.galley.webhook-port=0",
                        "--quartet.galley.certificate-file=" + certificate,
                        "--quartet.galley.key-file=" + key,
                        "--quartet.state-dir=" + folder.resolve("state"));
        var webhook = galley.getBean(Webhook.class);
        await().atMost(Duration.ofSeconds(20)).until(() -> webhook.port() != 0);
        base = URI.create("https://localhost:" + webhook.port());
        client = HttpClient.newBuilder().sslContext(Trusting.only(material.leaf())).build();
        assertThat(webhook.status().state()).isEqualTo("serving");
        assertThat(webhook.status().certificateExpires()).isEqualTo(material.notAfter());
    }

    @AfterAll
    void stop() {
        if (galley != null) {
            client.close();
            galley.close();
        }
    }

    /// Hardening case 21.
    @TestFactory
    Stream<DynamicTest> keepsTheWebhookContract() {
        return Stream.of("/admitpilot", "/admitmixer")
                .flatMap(path -> new WebhookContract(client, base.resolve(path), REVIEW).tests());
    }

    @Test
    void answersInKubernetesForm() throws Exception {
        var response = post(REVIEW.replace("\"hosts\"", "\"hsots\""));

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body())
                .contains("\"uid\":\"u-1\"", "\"allowed\":false", "\"code\":422")
                .contains("\"reason\":\"Invalid\"", "did you mean hosts?")
                .contains("\"field\":\"spec.hsots\"", "\"kind\":\"VirtualService\"");
    }

    @Test
    void countsWhatItCouldNotAnswer() throws Exception {
        assertThat(post("{").statusCode()).isEqualTo(400);

        assertThat(
                        PlainHttp.get(
                                        new InetSocketAddress(
                                                InetAddress.getLoopbackAddress(),
                                                galley.getBean(MetricsServer.class).port()),
                                        "/metrics",
                                        Map.of())
                                .body())
                .containsPattern("galley_validation_http_error\\{status=\"400\"} [1-9]");
    }

    private HttpResponse<String> post(String body) throws Exception {
        return client.send(
                HttpRequest.newBuilder(base.resolve("/admitpilot"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
