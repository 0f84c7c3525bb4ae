package dev.quartet.e2e;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.quartet.identity.SpiffeId;
import dev.quartet.testkit.MeshUnderTest;
import dev.quartet.testkit.PlainHttp;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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
            var answer =
                    Shop.call(
                            mesh,
                            "storefront-v1",
                            "reviews",
                            Map.of("end-user", marker, "Connection", "close"));
            assertThat(answer.status()).isEqualTo(200);

            await().untilAsserted(() ->
                    assertThat(WireRecorder.contains(before.bytes(), marker.getBytes(US_ASCII)))
                            .as("the recorder sees the application's own request")
                            .isTrue());
            await().untilAsserted(() -> assertThat(between.bytes().length).isGreaterThan(500));
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
            assertThat(streamEnd(mesh, storefront, node("storefront", "shop", "storefront"), true))
                    .isEqualTo(Status.Code.OK);
            assertThat(streamEnd(mesh, storefront, node("reviews", "shop", "reviews"), false))
                    .isEqualTo(Status.Code.PERMISSION_DENIED);
            assertThat(
                            streamEnd(
                                    mesh,
                                    storefront,
                                    node("storefront", "istio-system", "storefront"),
                                    false))
                    .isEqualTo(Status.Code.PERMISSION_DENIED);
        }
        assertThat(
                        PlainHttp.get(
                                        new java.net.InetSocketAddress(
                                                "127.0.0.1", mesh.port(15014)),
                                        "/metrics",
                                        Map.of())
                                .body())
                .containsPattern("(?m)^pilot_\\w*(refus|reject|denied)\\w*(\\{[^}]*\\})? [1-9]");
    }

    /// How Pilot ends an ADS stream of this node; OK when it answers with config instead.
    private static Status.Code streamEnd(
            MeshUnderTest mesh, Caller caller, Node node, boolean answerExpected) throws Exception {
        var channel =
                caller.identity()
                        .channel(
                                "127.0.0.1:" + mesh.port(15011),
                                SpiffeId.controlPlane(
                                        "cluster.local", "istio-pilot-service-account"));
        try {
            var end = new CompletableFuture<Status.Code>();
            var requests =
                    AggregatedDiscoveryServiceGrpc.newStub(channel)
                            .deltaAggregatedResources(
                                    new StreamObserver<DeltaDiscoveryResponse>() {
                                        @Override
                                        public void onNext(DeltaDiscoveryResponse response) {
                                            end.complete(Status.Code.OK);
                                        }

                                        @Override
                                        public void onError(Throwable cause) {
                                            end.complete(Status.fromThrowable(cause).getCode());
                                        }

                                        @Override
                                        public void onCompleted() {
                                            end.complete(Status.Code.UNKNOWN);
                                        }
                                    });
            requests.onNext(
                    DeltaDiscoveryRequest.newBuilder()
                            .setNode(node)
                            .setTypeUrl("type.googleapis.com/envoy.config.cluster.v3.Cluster")
                            .build());
            return end.get(10, TimeUnit.SECONDS);
        } finally {
            channel.shutdownNow();
        }
    }

    private static Node node(String workload, String namespace, String serviceAccount) {
        return Node.newBuilder()
                .setId(
                        "sidecar~127.200.0.9~%s-v1-9.%s~%s.svc.cluster.local"
                                .formatted(workload, namespace, namespace))
                .setMetadata(
                        Struct.newBuilder()
                                .putFields("NAMESPACE", text(namespace))
                                .putFields("SERVICE_ACCOUNT", text(serviceAccount))
                                .putFields("WORKLOAD_NAME", text(workload + "-v1"))
                                .putFields("INTERCEPTION_MODE", text("NONE")))
                .build();
    }

    private static Value text(String value) {
        return Value.newBuilder().setStringValue(value).build();
    }
}
