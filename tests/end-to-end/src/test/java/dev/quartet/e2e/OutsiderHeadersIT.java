package dev.quartet.e2e;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.testkit.MeshUnderTest;
import dev.quartet.testkit.PlainHttp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Hardening case 17: headers by which the parts of a mesh speak to each other, sent by somebody who is none of them. The application behind
/// the sidecar echoes what has reached it, and Mixer's metrics say whom Mixer took the caller for.
@ExtendWith(SharedMesh.class)
class OutsiderHeadersIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String MARK = "forged";
    private static final String NUMBER = "77777";

    private static final Map<String, String> FORGED = forged();

    private static Map<String, String> forged() {
        var headers = new HashMap<String, String>();
        headers.put("x-istio-attributes", MARK);
        headers.put(
                "x-forwarded-client-cert",
                "By=spiffe://cluster.local/ns/shop/sa/forged;URI=spiffe://cluster.local/ns/shop/sa/forged");
        headers.put(
                "x-quartet-peer",
                "workload=forged;namespace=shop;app=forged;version=v1;service_account=storefront;uid=forged-1.shop");
        for (var name :
                new String[] {
                    "auth-failure-mode-allowed",
                    "decorator-operation",
                    "downstream-service-cluster",
                    "downstream-service-node",
                    "external-address",
                    "force-trace",
                    "internal",
                    "ip-tags",
                    "original-dst-host",
                    "original-host",
                    "original-path",
                    "original-url",
                    "peer-metadata",
                    "peer-metadata-id",
                    "retriable-header-names",
                    "retry-grpc-on",
                    "retry-on",
                    "upstream-alt-stat-name"
                }) {
            headers.put("x-envoy-" + name, MARK);
        }
        for (var name :
                new String[] {
                    "attempt-count",
                    "expected-rq-timeout-ms",
                    "hedge-on-per-try-timeout",
                    "is-timeout-retry",
                    "max-retries",
                    "retriable-status-codes",
                    "upstream-rq-per-try-timeout-ms",
                    "upstream-rq-timeout-alt-response",
                    "upstream-rq-timeout-ms",
                    "upstream-service-time",
                    "upstream-stream-duration-ms"
                }) {
            headers.put("x-envoy-" + name, NUMBER);
        }
        return Map.copyOf(headers);
    }

    @Test
    void areTakenOffOrNotBelieved(MeshUnderTest mesh) throws Exception {
        try (var orders =
                new EchoWorkload(
                        "ratings",
                        mesh.home().resolve("trust"),
                        mesh.port(15011),
                        mesh.port(8060))) {
            orders.startSidecar();
            try (var config = Applied.text(mesh, "orders.yaml", orders.config() + route(orders))) {
                await().atMost(SOON)
                        .untilAsserted(() ->
                                assertThat(atTheGateway(mesh, Map.of()).status()).isEqualTo(200));

                assertThat(clean(atTheGateway(mesh, FORGED)))
                        .as("through the gateway")
                        .contains("sa/istio-ingressgateway-service-account");
                assertThat(clean(PlainHttp.get(orders.inbound(), "/orders", to(orders, FORGED))))
                        .as("in plaintext at the sidecar")
                        .doesNotContain("x-forwarded-client-cert");
                assertThat(
                                clean(
                                        PlainHttp.get(
                                                mesh.outboundProxy("storefront-v1"),
                                                "/orders",
                                                to(orders, identities()))))
                        .as("from an application of the mesh")
                        .contains("sa/storefront");
                assertThat(byAPeerThatClaimsToBeAnother(mesh, orders)).doesNotContain(MARK);

                await().atMost(SOON)
                        .untilAsserted(() ->
                                assertThat(metrics(mesh))
                                        .containsPattern(source("unknown", "unknown"))
                                        .containsPattern(
                                                source(
                                                        "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account",
                                                        "ingressgateway"))
                                        .containsPattern(
                                                source(
                                                        "cluster.local/ns/shop/sa/storefront",
                                                        "storefront-v1"))
                                        .containsPattern(
                                                source(
                                                        "cluster.local/ns/shop/sa/details",
                                                        "unknown")));
                assertThat(metrics(mesh)).doesNotContain(MARK);
            }
        }
        mesh.awaitInSync(Duration.ofSeconds(60));
    }

    private static PlainHttp.Answer atTheGateway(MeshUnderTest mesh, Map<String, String> headers) {
        return PlainHttp.get(mesh.gateway(), "/orders", headers);
    }

    /// Those of an identity; the others are an application's own to set towards its sidecar.
    private static Map<String, String> identities() {
        return Map.of(
                "x-forwarded-client-cert", FORGED.getOrDefault("x-forwarded-client-cert", ""),
                "x-quartet-peer", FORGED.getOrDefault("x-quartet-peer", ""));
    }

    private static String clean(PlainHttp.Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body())
                .startsWith("GET /orders\n")
                .doesNotContain(MARK, NUMBER, "x-quartet-peer", "x-istio-attributes");
        return answer.body();
    }

    /// With a real certificate, and a header that contradicts it.
    private static String byAPeerThatClaimsToBeAnother(MeshUnderTest mesh, EchoWorkload orders)
            throws Exception {
        try (var details = Caller.of(mesh, "shop", "details");
                var socket = details.connect(orders.inbound(), true)) {
            socket.getOutputStream()
                    .write(
                            ("GET /orders HTTP/1.1\r\nHost: orders\r\nConnection: close\r\nx-forwarded-client-cert: %s\r\nx-quartet-peer: %s\r\n\r\n"
                                            .formatted(
                                                    FORGED.get("x-forwarded-client-cert"),
                                                    FORGED.get("x-quartet-peer")))
                                    .getBytes(US_ASCII));
            var answer = new String(socket.getInputStream().readAllBytes(), US_ASCII);
            assertThat(answer).startsWith("HTTP/1.1 200").contains("sa/details");
            return answer;
        }
    }

    private static Map<String, String> to(EchoWorkload orders, Map<String, String> headers) {
        var all = new HashMap<>(headers);
        all.put("Host", EchoWorkload.HOST + ":" + orders.port());
        return all;
    }

    private static String route(EchoWorkload orders) {
        return """
        ---
        apiVersion: networking.istio.io/v1alpha3
        kind: VirtualService
        metadata: {name: orders, namespace: shop}
        spec:
          hosts: ["*"]
          gateways: [bookshop]
          http:
          - match: [{uri: {prefix: /orders}}]
            route:
            - destination: {host: %s, port: {number: %d}}
        """
                .formatted(EchoWorkload.HOST, orders.port());
    }

    private static String metrics(MeshUnderTest mesh) throws IOException {
        var port = new InetSocketAddress(InetAddress.getLoopbackAddress(), mesh.port(42422));
        return PlainHttp.get(port, "/metrics", Map.of()).body();
    }

    private static String source(String principal, String workload) {
        return "istio_requests_total\\{reporter=\"destination\",[^}]*source_principal=\"%s\",source_workload=\"%s\",[^}]*destination_workload=\"orders-v1\""
                .formatted(principal, workload);
    }
}
