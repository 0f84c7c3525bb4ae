package dev.quartet.citadel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.quartet.admin.MetricsServer;
import dev.quartet.admin.testing.AdminContract;
import dev.quartet.admin.testing.MetricsContract;
import dev.quartet.citadel.credential.Authority;
import dev.quartet.citadel.credential.CredentialFolder;
import dev.quartet.citadel.credential.CredentialKey;
import dev.quartet.citadel.issue.CertificateIssuer;
import dev.quartet.citadel.root.RootAuthority;
import dev.quartet.citadel.token.TokenAuthority;
import dev.quartet.identity.KeyMaterial;
import dev.quartet.identity.MutualTls;
import dev.quartet.identity.Pem;
import dev.quartet.identity.SpiffeId;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.secret.v3.SecretDiscoveryServiceGrpc;
import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
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

    private static final SpiffeId STOREFRONT = new SpiffeId("cluster.local", "shop", "storefront");

    @TempDir static Path folder;
    @LocalServerPort int port;
    @Autowired CertificateIssuer issuer;
    @Autowired RootAuthority root;
    @Autowired TokenAuthority tokens;
    @Autowired GrpcDoor door;
    @Autowired MetricsServer metrics;
    @Autowired CredentialFolder folderOfCredentials;

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
        issuer.issueWithKey(STOREFRONT);

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

    private static HttpResponse<String> call(int port, String method, String path, String body)
            throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                            .header("Authorization", "Bearer " + token())
                            .header("Content-Type", "application/json")
                            .method(method, HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    BodyHandlers.ofString());
        }
    }

    private static String body(KeyMaterial certificate, KeyMaterial key, String more) {
        return """
        {"certificate": "%s", "key": "%s"%s}\
        """
                .formatted(
                        Pem.encode(certificate.chain()).replace("\n", "\\n"),
                        Pem.encode(key.key()).replace("\n", "\\n"),
                        more);
    }

    @Test
    void takesShowsAndDeletesACredentialAndNeverShowsItsKey() throws Exception {
        var authority = Authority.root("root", Instant.now());
        var good = authority.issue("shop.example", Instant.now());
        var other = authority.issue("other.example", Instant.now());
        var path = "/admin/v1/credentials/edge/web";

        var made =
                call(port, "PUT", path, body(good, good, ", \"serviceAccounts\": [\"gateway\"]"));
        assertThat(made.statusCode()).isEqualTo(200);
        var refused = call(port, "PUT", path, body(other, good, ""));
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body())
                .contains(
                        "the private key does not belong to the certificate of \\\"CN=other.example\\\"",
                        "\"reason\":\"KEY_OF_ANOTHER_CERTIFICATE\"",
                        "\"fix\"");

        for (var shown :
                List.of(made.body(), get(port, path), get(port, "/admin/v1/credentials"))) {
            assertThat(shown)
                    .contains(
                            "\"namespace\":\"edge\"",
                            "\"subject\":\"CN=shop.example\"",
                            "\"names\":[\"DNS:shop.example\",\"IP:127.0.0.1\"]",
                            "\"issuer\":\"CN=root\"",
                            "\"serial\":\"" + good.leaf().getSerialNumber().toString(16),
                            "\"notAfter\":\"" + good.notAfter(),
                            "\"key\":\"EC 256\"",
                            "\"serviceAccounts\":[\"gateway\"]",
                            "\"problem\":null")
                    .containsPattern("\"fingerprint\":\"[0-9a-f]{64}\"")
                    .doesNotContain("PRIVATE", "BEGIN");
        }
        for (var bad : List.of("edge/default", "Edge/web", "edge/%2e%2e%2froot")) {
            assertThat(
                            call(port, "PUT", "/admin/v1/credentials/" + bad, body(good, good, ""))
                                    .statusCode())
                    .as(bad)
                    .isEqualTo(400);
        }
        assertThat(call(port, "DELETE", path, "").statusCode()).isEqualTo(204);
        assertThat(call(port, "DELETE", path, "").statusCode()).isEqualTo(404);
        assertThat(get(port, path)).contains("there is no credential edge/web");
    }

    /// A stranger, and a proxy that asks for another's secret: what has a reason is printed once it has happened.
    @Test
    void printsTheMetricsThatTheDocumentLists() throws Exception {
        var tls = new MutualTls(() -> null, () -> List.of(root.certificate()), Clock.systemUTC());
        var channel =
                NettyChannelBuilder.forAddress("127.0.0.1", door.port())
                        .sslContext(tls.client(SpiffeId.citadel("cluster.local")))
                        .build();
        try {
            var token = tokens.mint(STOREFRONT, Duration.ofMinutes(1));
            assertThat(refusal(channel, "")).isEqualTo(Status.Code.UNAUTHENTICATED);
            assertThat(refusal(channel, token.authorization()))
                    .isEqualTo(Status.Code.PERMISSION_DENIED);
        } finally {
            channel.shutdownNow();
        }

        var now = Instant.now();
        var material = Authority.root("root", now).issue("shop.example", now);
        folderOfCredentials.write(
                new CredentialKey("edge", "measured"), Authority.parts(material), null);
        assertThat(call(port, "PUT", "/admin/v1/credentials/edge/none", "{}").statusCode())
                .isEqualTo(400);

        new MetricsContract(
                        Path.of("../docs/metrics.md"),
                        "Citadel",
                        URI.create("http://127.0.0.1:" + metrics.port() + "/metrics"))
                .verify();
    }

    private static Status.Code refusal(Channel channel, String authorization) {
        var headers = new Metadata();
        if (!authorization.isEmpty()) {
            headers.put(
                    Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
                    authorization);
        }
        var stub =
                SecretDiscoveryServiceGrpc.newBlockingStub(channel)
                        .withDeadlineAfter(10, TimeUnit.SECONDS)
                        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
        return catchThrowableOfType(
                        StatusRuntimeException.class,
                        () ->
                                stub.fetchSecrets(
                                        DiscoveryRequest.newBuilder()
                                                .addResourceNames("another")
                                                .build()))
                .getStatus()
                .getCode();
    }
}
