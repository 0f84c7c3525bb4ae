package dev.quartet.citadel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.admin.MetricsServer;
import dev.quartet.admin.testing.AdminContract;
import dev.quartet.citadel.issue.CertificateIssuer;
import dev.quartet.identity.SpiffeId;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {"quartet.metrics.port=0", "quartet.citadel.grpc-port=0"})
class CitadelApplicationTest {

    @TempDir static Path folder;
    @LocalServerPort int port;
    @Autowired CertificateIssuer issuer;
    @Autowired MetricsServer metrics;

    @DynamicPropertySource
    static void state(DynamicPropertyRegistry registry) {
        registry.add("quartet.state-dir", () -> folder.resolve("state").toString());
        registry.add("quartet.citadel.token-dir", () -> folder.resolve("trust").toString());
    }

    private static String token() throws IOException {
        return Files.readString(folder.resolve("state/admin-token"));
    }

    private static String get(int port, String path) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            var request =
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                            .header("Authorization", "Bearer " + token())
                            .build();
            return client.send(request, BodyHandlers.ofString()).body();
        }
    }

    @TestFactory
    Stream<DynamicTest> keepsTheAdminContract() throws IOException {
        return new AdminContract(URI.create("http://127.0.0.1:" + port), token()).tests();
    }

    @Test
    void showsRootAndIssuedCertificatesButNoKey() throws Exception {
        issuer.issueWithKey(new SpiffeId("cluster.local", "shop", "storefront"));

        assertThat(get(port, "/admin/v1/certificates?limit=1"))
                .contains(
                        "\"identity\":\"spiffe://cluster.local/ns/shop/sa/storefront\"",
                        "\"door\":\"sds\"")
                .doesNotContain("PRIVATE");
        assertThat(get(port, "/admin/v1/root"))
                .contains("BEGIN CERTIFICATE", "daysLeft")
                .doesNotContain("PRIVATE");
        assertThat(get(port, "/admin/v1/certificates?limit=0"))
                .contains("limit is 1 to 1000, not 0");
        assertThat(get(port, "/admin/v1/status"))
                .contains("\"authority\"", "rootNotAfter", "grpcPort");
        assertThat(get(port, "/actuator/health/readiness")).contains("UP");
    }

    @Test
    void metricsPortShowsIstiosNames() throws Exception {
        assertThat(get(metrics.port(), "/metrics").lines())
                .contains(
                        "citadel_server_csr_count 0.0",
                        "citadel_server_authentication_failure_count 0.0")
                .anyMatch(line -> line.startsWith("citadel_server_root_cert_expiry_timestamp "));
    }
}
