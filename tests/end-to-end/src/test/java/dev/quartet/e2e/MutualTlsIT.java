package dev.quartet.e2e;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.quartet.identity.SpiffeId;
import dev.quartet.testkit.Load;
import dev.quartet.testkit.MeshUnderTest;
import dev.quartet.testkit.PlainHttp;
import io.grpc.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Who is who on the wire.
@ExtendWith(SharedMesh.class)
class MutualTlsIT {
    @Test
    void betweenTwoSidecarsNothingCanBeRead(MeshUnderTest mesh) {
        var marker = "marker-" + UUID.randomUUID();
        try (var all = Applied.text(mesh, "all-to-v1.yaml", Shop.allReviewsTo("v1"));
                var between = WireRecorder.of(mesh.inbound("reviews-v1"));
                var before = WireRecorder.of(mesh.outboundProxy("storefront-v1"))) {
            // Asked until both recorders have seen it: a proxy's workers take a route a moment
            // after
            // the proxy has acknowledged it, and a packet socket may lose what comes while nobody
            // reads.
            await().untilAsserted(() -> {
                var answer =
                        Shop.call(
                                mesh,
                                "storefront-v1",
                                "reviews",
                                Map.of("end-user", marker, "Connection", "close"));
                assertThat(answer.status()).isEqualTo(200);
                assertThat(WireRecorder.contains(before.bytes(), marker.getBytes(US_ASCII)))
                        .as("the recorder sees the application's own request")
                        .isTrue();
                assertThat(between.bytes().length).isGreaterThan(500);
            });
            assertThat(WireRecorder.contains(between.bytes(), marker.getBytes(US_ASCII))).isFalse();
            assertThat(WireRecorder.contains(between.bytes(), "HTTP/1.1".getBytes(US_ASCII)))
                    .isFalse();
            assertThat(WireRecorder.contains(between.bytes(), "reviews-v1-1".getBytes(US_ASCII)))
                    .isFalse();
            // TLS records of application data: type 23, version 3.3 (RFC 8446, 5.1)
            assertThat(WireRecorder.contains(between.bytes(), new byte[] {23, 3, 3})).isTrue();
        }
    }

    @Test
    void sidecarShowsItsWorkloadsIdentityAndWantsOne(MeshUnderTest mesh) throws Exception {
        try (var storefront = Caller.of(mesh, "shop", "storefront");
                var socket = storefront.connect(mesh.inbound("reviews-v1"), true)) {
            assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.3");
            var server =
                    SpiffeId.of((X509Certificate) socket.getSession().getPeerCertificates()[0]);
            assertThat(server.uri()).isEqualTo("spiffe://cluster.local/ns/shop/sa/reviews");
            assertThat(storefront.identity().certificate())
                    .hasValueSatisfying(own ->
                            assertThat(own.spiffeId().uri())
                                    .isEqualTo("spiffe://cluster.local/ns/shop/sa/storefront"));

            socket.getOutputStream()
                    .write(
                            "GET /reviews/1 HTTP/1.1\r\nHost: reviews:9080\r\nConnection: close\r\n\r\n"
                                    .getBytes(US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), US_ASCII))
                    .startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void bothSidesIdentitiesAreInTheProxiesOwnWords(MeshUnderTest mesh) {
        // What the client's sidecar checks, and what the server's sidecar has been shown.
        var clusters =
                PlainHttp.get(
                                mesh.envoyAdmin("storefront-v1"),
                                "/config_dump?resource=dynamic_active_clusters",
                                Map.of())
                        .body();
        assertThat(clusters)
                .contains("spiffe://cluster.local/ns/shop/sa/reviews")
                .doesNotContain("spiffe://cluster.local/ns/shop/sa/*");
        var certificate = PlainHttp.get(mesh.envoyAdmin("reviews-v1"), "/certs", Map.of()).body();
        assertThat(certificate).contains("spiffe://cluster.local/ns/shop/sa/reviews");
    }

    @Test
    void underStrictPlaintextIsRefused(MeshUnderTest mesh) {
        var reviews = mesh.inbound("reviews-v1");
        assertThat(PlainHttp.get(reviews, "/reviews/1", Shop.to("reviews")).status())
                .as("PERMISSIVE takes plaintext")
                .isEqualTo(200);

        try (var strict = Applied.sample(mesh, "strict-mtls.yaml")) {
            await().atMost(Duration.ofSeconds(10))
                    .untilAsserted(() ->
                            assertThatThrownBy(() ->
                                            PlainHttp.get(
                                                    reviews, "/reviews/1", Shop.to("reviews")))
                                    .isInstanceOf(UncheckedIOException.class));
            assertThat(Shop.page(mesh, Map.of()).status())
                    .as("the mesh itself goes on")
                    .isEqualTo(200);
        }
        await().untilAsserted(() ->
                assertThat(PlainHttp.get(reviews, "/reviews/1", Shop.to("reviews")).status())
                        .isEqualTo(200));
    }

    /// A mesh moves to mTLS, and back: callers of the mesh speak it all the time, whatever is asked of them.
    @Test
    void movingToStrictAndBackUnderLoadFailsNoRequest(MeshUnderTest mesh) {
        var reviews = mesh.inbound("reviews-v1");
        try (var load =
                Load.start(
                        mesh.outboundProxy("storefront-v1"),
                        "/reviews/1",
                        Shop.to("reviews"),
                        3,
                        Duration.ofMillis(3))) {
            for (var move = 0; move < 5; move++) {
                try (var strict = Applied.sample(mesh, "strict-mtls.yaml")) {
                    await().untilAsserted(() ->
                            assertThatThrownBy(() ->
                                            PlainHttp.get(
                                                    reviews, "/reviews/1", Shop.to("reviews")))
                                    .isInstanceOf(UncheckedIOException.class));
                }
                await().ignoreExceptions()
                        .untilAsserted(() ->
                                assertThat(
                                                PlainHttp.get(
                                                                reviews,
                                                                "/reviews/1",
                                                                Shop.to("reviews"))
                                                        .status())
                                        .isEqualTo(200));
            }
            var tally = load.stop();

            assertThat(tally.failed()).as(tally.toString()).isZero();
            assertThat(tally.sent()).isGreaterThan(500);
        }
    }

    @Test
    void withoutACertificateTheHandshakeFails(MeshUnderTest mesh) throws Exception {
        try (var storefront = Caller.of(mesh, "shop", "storefront")) {
            assertThatThrownBy(
                            () -> {
                                // In TLS 1.3 the client hears of it with its first read.
                                try (var socket =
                                        storefront.connect(mesh.inbound("reviews-v1"), false)) {
                                    socket.getOutputStream()
                                            .write(
                                                    "GET /reviews/1 HTTP/1.1\r\nHost: reviews:9080\r\n\r\n"
                                                            .getBytes(US_ASCII));
                                    assertThat(socket.getInputStream().read())
                                            .as("an answer")
                                            .isNotNegative();
                                }
                            })
                    .isInstanceOf(IOException.class);
        }
    }

    /// Hardening case 4.
    @Test
    void nodeThatClaimsAnotherIdentityThanItsCertificateIsRefused(MeshUnderTest mesh)
            throws Exception {
        try (var storefront = Caller.of(mesh, "shop", "storefront")) {
            assertThat(
                            storefront.clusters(
                                    mesh.port(15011),
                                    Caller.node("storefront", "shop", "storefront")))
                    .isEqualTo(Status.Code.OK);
            assertThat(
                            storefront.clusters(
                                    mesh.port(15011), Caller.node("reviews", "shop", "reviews")))
                    .isEqualTo(Status.Code.PERMISSION_DENIED);
            assertThat(
                            storefront.clusters(
                                    mesh.port(15011),
                                    Caller.node("storefront", "istio-system", "storefront")))
                    .isEqualTo(Status.Code.PERMISSION_DENIED);
        }
        assertThat(mesh.metrics("pilot"))
                .containsPattern("(?m)^pilot_\\w*(refus|reject|denied)\\w*(\\{[^}]*\\})? [1-9]");
    }
}
