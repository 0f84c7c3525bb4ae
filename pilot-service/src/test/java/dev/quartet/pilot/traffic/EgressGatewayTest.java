package dev.quartet.pilot.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.identity.Pem;
import dev.quartet.pilot.TestSecrets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A sidecar and a gateway, each a stock Envoy: what leaves the mesh through an egress gateway, and what comes into it by AUTO_PASSTHROUGH.
class EgressGatewayTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private static final String GATEWAY_SERVICE =
            """
            ---
            apiVersion: networking.istio.io/v1
            kind: ServiceEntry
            metadata: {name: egress, namespace: istio-system}
            spec:
              hosts: [istio-egressgateway.istio-system.svc.cluster.local]
              location: MESH_INTERNAL
              resolution: STATIC
              ports:
              - {number: 443, name: tls, protocol: TLS, targetPort: 17601}
              - {number: 80, name: http, protocol: HTTP, targetPort: 17602}
              - {number: 15443, name: tls-passage, protocol: TLS, targetPort: 17603}
              endpoints: [{address: 127.0.7.200}]
            """;

    @TempDir Path folder;

    private final TestSecrets secrets = new TestSecrets();
    private final Upstreams upstreams = new Upstreams(secrets.authority(), secrets.material());
    private final TrafficProxy sidecar = new TrafficProxy("storefront-v1", secrets);
    private final TrafficProxy gateway = new TrafficProxy("gateway", secrets);

    @AfterEach
    void close() {
        sidecar.close();
        gateway.close();
        upstreams.close();
    }

    private void serve(String config) {
        for (var proxy : List.of(gateway, sidecar)) {
            proxy.serve(
                    "egress",
                    upstreams.placed(TrafficCase.shop()),
                    upstreams.placed(GATEWAY_SERVICE + config));
        }
    }

    private TrafficClient.Answer get(String url, String through, String sni) {
        var client = new TrafficClient(sidecar, upstreams);
        try (var attempt =
                client.send(
                        new TrafficCase.Request(
                                "GET", url, through, sni, "", "", Map.of(), 1, 0, Map.of()))) {
            return attempt.answers().getFirst();
        }
    }

    @Test
    void plaintextGoesByMutualTlsToTheGatewayAndByTlsOutOfTheMesh() {
        secrets.put("outside", upstreams.material("client"), upstreams.root());
        serve(
                """
                ---
                apiVersion: networking.istio.io/v1
                kind: ServiceEntry
                metadata: {name: web, namespace: shop}
                spec:
                  hosts: [web.example.com]
                  location: MESH_EXTERNAL
                  resolution: DNS
                  ports:
                  - {number: 80, name: http, protocol: HTTP}
                  - {number: 443, name: http-tls, protocol: HTTP, targetPort: 9080}
                  endpoints: [{address: 127.0.7.13}]
                ---
                apiVersion: networking.istio.io/v1
                kind: Gateway
                metadata: {name: egress, namespace: shop}
                spec:
                  selector: {istio: ingressgateway}
                  servers:
                  - port: {number: 17602, name: https, protocol: HTTPS}
                    bind: 127.0.7.200
                    hosts: [web.example.com]
                    tls: {mode: ISTIO_MUTUAL}
                ---
                apiVersion: networking.istio.io/v1
                kind: DestinationRule
                metadata: {name: to-egress, namespace: shop}
                spec:
                  host: istio-egressgateway.istio-system.svc.cluster.local
                  subsets:
                  - name: web
                    trafficPolicy:
                      portLevelSettings:
                      - port: {number: 80}
                        tls: {mode: ISTIO_MUTUAL, sni: web.example.com, subjectAltNames: ["spiffe://cluster.local/ns/shop/sa/reviews"]}
                ---
                apiVersion: networking.istio.io/v1
                kind: VirtualService
                metadata: {name: web, namespace: shop}
                spec:
                  hosts: [web.example.com]
                  gateways: [mesh, egress]
                  http:
                  - match: [{gateways: [mesh], port: 80}]
                    route: [{destination: {host: istio-egressgateway.istio-system.svc.cluster.local, subset: web, port: {number: 80}}}]
                  - match: [{gateways: [egress]}]
                    route: [{destination: {host: web.example.com, port: {number: 443}}}]
                ---
                apiVersion: networking.istio.io/v1
                kind: DestinationRule
                metadata: {name: web, namespace: shop}
                spec:
                  host: web.example.com
                  trafficPolicy:
                    portLevelSettings:
                    - port: {number: 443}
                      tls: {mode: MUTUAL, credentialName: outside, subjectAltNames: ["spiffe://outside/ns/web/sa/server"]}
                """);

        await().atMost(LIMIT)
                .untilAsserted(() -> {
                    var answer = get("http://web.example.com/", "", "");
                    assertThat(answer.from()).as("%s", answer).isEqualTo("web-mutual");
                });

        assertThat(gateway.envoy().stat("listener.%s_17602.ssl.handshake".formatted(at())))
                .isPositive();
        assertThat(gateway.envoy().stat("cluster.outbound|443||web.example.com.ssl.handshake"))
                .isPositive();
    }

    private String at() {
        return upstreams.placed("127.0.7.200");
    }

    @Test
    void tlsOfTheApplicationPassesTheGatewayByItsName() {
        serve(
                """
                ---
                apiVersion: networking.istio.io/v1
                kind: ServiceEntry
                metadata: {name: web, namespace: shop}
                spec:
                  hosts: [web.example.com]
                  location: MESH_EXTERNAL
                  resolution: DNS
                  ports: [{number: 443, name: tls, protocol: TLS, targetPort: 9080}]
                  endpoints: [{address: 127.0.7.12}]
                ---
                apiVersion: networking.istio.io/v1
                kind: Gateway
                metadata: {name: egress, namespace: shop}
                spec:
                  selector: {istio: ingressgateway}
                  servers:
                  - port: {number: 17601, name: tls, protocol: TLS}
                    bind: 127.0.7.200
                    hosts: [web.example.com]
                    tls: {mode: PASSTHROUGH}
                ---
                apiVersion: networking.istio.io/v1
                kind: VirtualService
                metadata: {name: web, namespace: shop}
                spec:
                  hosts: [web.example.com]
                  gateways: [mesh, egress]
                  tls:
                  - match: [{gateways: [mesh], port: 17605, sniHosts: [web.example.com]}]
                    route: [{destination: {host: istio-egressgateway.istio-system.svc.cluster.local, port: {number: 443}}}]
                  - match: [{gateways: [egress], port: 17601, sniHosts: [web.example.com]}]
                    route: [{destination: {host: web.example.com, port: {number: 443}}}]
                ---
                apiVersion: networking.istio.io/v1
                kind: Sidecar
                metadata: {name: default, namespace: shop}
                spec:
                  egress:
                  - {port: {number: 17605, protocol: TLS, name: tls}, bind: 127.0.7.201, hosts: [./web.example.com]}
                  - {hosts: ["*/*"]}
                """);

        await().atMost(LIMIT)
                .untilAsserted(() -> {
                    var answer =
                            get("https://web.example.com/", "127.0.7.201:17605", "web.example.com");
                    assertThat(answer.from()).as("%s", answer).isEqualTo("web-tls");
                });

        assertThat(gateway.envoy().stat("cluster.outbound|443||web.example.com.upstream_cx_total"))
                .isPositive();
    }

    @Test
    void mutualTlsOfSidecarsPassesTheGatewayToWhoTakesItOnly() throws IOException {
        // a server that takes any name in a handshake, as a sidecar does
        var root =
                Files.writeString(
                        folder.resolve("root.pem"), Pem.encode(secrets.authority().root()));
        var server =
                new ProcessBuilder(
                                upstreams
                                        .placed(
                                                "openssl s_server -accept 127.0.7.40:17604 -www -Verify 1 -verify_return_error -cert /etc/test-certs/mesh.pem -key /etc/test-certs/mesh-key.pem -CAfile "
                                                        + root)
                                        .split(" "))
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("server.log").toFile())
                        .start();
        try {
            passage();
        } finally {
            server.destroy();
        }
    }

    private void passage() {
        serve(
                """
                ---
                apiVersion: networking.istio.io/v1
                kind: Gateway
                metadata: {name: passage, namespace: istio-system}
                spec:
                  selector: {istio: ingressgateway}
                  servers:
                  - port: {number: 17603, name: tls, protocol: TLS}
                    bind: 127.0.7.200
                    hosts: ["*.local"]
                    tls: {mode: AUTO_PASSTHROUGH}
                ---
                apiVersion: networking.istio.io/v1
                kind: ServiceEntry
                metadata: {name: guarded, namespace: shop}
                spec:
                  hosts: [guarded.shop.svc.cluster.local]
                  location: MESH_INTERNAL
                  resolution: STATIC
                  ports: [{number: 9080, name: http, protocol: HTTP, targetPort: 17604}]
                  endpoints:
                  - {address: 127.0.7.40, serviceAccount: reviews, labels: {security.istio.io/tlsMode: istio}}
                  - {address: 127.0.7.4, serviceAccount: reviews, ports: {http: 9080}}
                """
                        + far("guarded")
                        + far("details")
                        + far("nowhere"));

        await().atMost(LIMIT)
                .untilAsserted(() -> {
                    var answer = get("http://far-guarded.example.com:9080/", "", "");
                    assertThat(answer.status()).as("%s", answer).isEqualTo(200);
                });
        for (int i = 0; i < 4; i++) {
            assertThat(get("http://far-guarded.example.com:9080/", "", "").body())
                    .contains("s_server");
        }
        assertThat(get("http://far-details.example.com:9080/", "", "").status()).isEqualTo(503);
        assertThat(get("http://far-nowhere.example.com:9080/", "", "").status()).isEqualTo(503);
    }

    /// A service behind the gateway, as a sidecar of another network calls it.
    private static String far(String name) {
        return """
        ---
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: far-%1$s, namespace: shop}
        spec:
          hosts: [far-%1$s.example.com]
          location: MESH_EXTERNAL
          resolution: STATIC
          ports: [{number: 9080, name: http, protocol: HTTP, targetPort: 17603}]
          endpoints: [{address: 127.0.7.200}]
        ---
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: far-%1$s, namespace: shop}
        spec:
          host: far-%1$s.example.com
          trafficPolicy:
            tls: {mode: ISTIO_MUTUAL, sni: outbound_.9080_._.%1$s.shop.svc.cluster.local, subjectAltNames: ["spiffe://cluster.local/ns/shop/sa/reviews"]}
        """
                .formatted(name);
    }
}
