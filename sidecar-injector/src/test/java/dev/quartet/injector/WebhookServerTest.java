package dev.quartet.injector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.admin.webhook.WebhookServer;
import dev.quartet.identity.KeyFiles;
import dev.quartet.identity.WebhookTls;
import dev.quartet.identity.testing.TestAuthority;
import dev.quartet.identity.testing.Trusting;
import dev.quartet.injector.review.InjectionMetrics;
import dev.quartet.injector.review.PodReviewer;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.cumulative.CumulativeCounter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WebhookServerTest {
    private static final String REVIEW =
            """
            {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
             "request": {"uid": "u-1", "namespace": "shop", "object": {"spec": {"containers": [{"name": "web"}]}}}}
            """;

    @TempDir Path folder;

    /// A registry with a bug: pods that got a sidecar can't be counted.
    private static final class BrokenRegistry extends SimpleMeterRegistry {
        @Override
        protected Counter newCounter(Meter.Id id) {
            if (!id.getName().equals("sidecar_injection_success")) {
                return super.newCounter(id);
            }
            return new CumulativeCounter(id) {
                @Override
                public void increment(double amount) {
                    throw new IllegalStateException("a bug");
                }
            };
        }
    }

    @Test
    void aBugIsAnAnswerThatKubeApiserverCanShow() throws Exception {
        var material = TestAuthority.selfSigned("EC", Duration.ofHours(1));
        var file = Files.writeString(folder.resolve("tls.pem"), material.toPem());
        var meters = new BrokenRegistry();
        var metrics = new InjectionMetrics(meters);
        try (var server =
                        new WebhookServer(
                                new InetSocketAddress("127.0.0.1", 0),
                                WebhookTls.of(KeyFiles.open(file)).context(),
                                Map.of(
                                        "/inject",
                                        new PodReviewer(Injectors.nativeSidecars(), metrics)),
                                metrics);
                var client =
                        HttpClient.newBuilder()
                                .sslContext(Trusting.only(material.leaf()))
                                .build()) {

            var response =
                    client.send(
                            HttpRequest.newBuilder(
                                            URI.create(
                                                    "https://localhost:%d/inject"
                                                            .formatted(server.port())))
                                    .header("Content-Type", "application/json")
                                    .POST(HttpRequest.BodyPublishers.ofString(REVIEW))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());

            assertThat(response.statusCode()).isEqualTo(500);
            assertThat(response.body()).contains("its log says why").doesNotContain("a bug");
            assertThat(meters.get("sidecar_injection_failure").counter().count()).isOne();
        }
    }
}
