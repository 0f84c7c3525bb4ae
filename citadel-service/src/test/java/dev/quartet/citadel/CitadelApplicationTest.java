package dev.quartet.citadel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.quartet.admin.MetricsServer;
import dev.quartet.admin.testing.AdminContract;
import dev.quartet.admin.testing.MetricsContract;
import dev.quartet.citadel.issue.CertificateIssuer;
import dev.quartet.citadel.root.RootAuthority;
import dev.quartet.citadel.token.TokenAuthority;
import dev.quartet.identity.MutualTls;
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
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
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
