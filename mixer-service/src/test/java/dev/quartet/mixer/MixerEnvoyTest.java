package dev.quartet.mixer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.quartet.mixer.adapter.prometheus.Series;
import dev.quartet.testkit.EnvoyProcess;
import dev.quartet.testkit.FreePorts;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// With a stock Envoy in front of a server: two routes under check, one that fails closed and one that fails open.
class MixerEnvoyTest {
    private static final String DENY_ADMIN =
            TestMixer.denier(
                    "shop",
                    "closed",
                    7,
                    "not for you",
                    "request.headers[\"x-role\"] == \"guest\" && destination.workload.name == \"reviews-v1\"");

    private static final String BOOTSTRAP =
            """
            node:
              id: sidecar~127.0.0.1~reviews-v1-1.shop~shop.svc.cluster.local
              cluster: reviews-v1.shop
              metadata: {NAMESPACE: shop, SERVICE_ACCOUNT: reviews, WORKLOAD_NAME: reviews-v1, LABELS: {app: reviews, version: v1}}
            admin: {address: {socket_address: {address: 127.0.0.1, port_value: 0}}}
            static_resources:
              listeners:
              - name: inbound
                address: {socket_address: {address: 127.0.0.1, port_value: @LISTEN@}}
                filter_chains:
                - filters:
                  - name: hcm
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                      stat_prefix: inbound
                      access_log:
                      - name: envoy.access_loggers.http_grpc
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig
                          common_config:
                            log_name: destination
                            transport_api_version: V3
                            grpc_service: {envoy_grpc: {cluster_name: mixer}}
                            buffer_flush_interval: 0.1s
                            custom_tags:
                            - {tag: destination.service.host, literal: {value: reviews.shop.svc.cluster.local}}
                            - {tag: destination.workload.name, value: "%CEL(xds.node.metadata.WORKLOAD_NAME)%"}
                      http_filters:
                      - {name: mixer.closed, disabled: true, typed_config: @CLOSED@}
                      - {name: mixer.open, disabled: true, typed_config: @OPEN@}
                      - name: router
                        typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
                      route_config:
                        virtual_hosts:
                        - name: all
                          domains: ["*"]
                          routes:
                          - match: {prefix: /closed}
                            route: {cluster: "inbound|9080|http|reviews.shop.svc.cluster.local"}
                            typed_per_filter_config: {mixer.closed: @ROUTE@}
                          - match: {prefix: /open}
                            route: {cluster: "inbound|9080|http|reviews.shop.svc.cluster.local"}
                            typed_per_filter_config: {mixer.open: @ROUTE@}
              clusters:
              - name: "inbound|9080|http|reviews.shop.svc.cluster.local"
                type: STATIC
                load_assignment: {cluster_name: app, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: @APP@}}}}]}]}
              - name: mixer
                type: STATIC
                connect_timeout: 1s
                load_assignment: {cluster_name: mixer, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: @MIXER@}}}}]}]}
                typed_extension_protocol_options:
                  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                    "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                    explicit_http_config: {http2_protocol_options: {}}
                transport_socket:
                  name: tls
                  typed_config:
                    "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
                    common_tls_context:
                      tls_params: {tls_maximum_protocol_version: TLSv1_3}
                      alpn_protocols: [h2]
                      tls_certificates: [{certificate_chain: {filename: "@PEM@"}, private_key: {filename: "@PEM@"}}]
                      validation_context:
                        trusted_ca: {filename: "@ROOT@"}
                        match_typed_subject_alt_names:
                        - {san_type: URI, matcher: {exact: "spiffe://cluster.local/ns/istio-system/sa/istio-mixer-service-account"}}
            """;

    private static final String FILTER =
            """
            {"@type": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz, transport_api_version: V3, \
            grpc_service: {envoy_grpc: {cluster_name: mixer}, timeout: 2s}, include_tls_session: true, \
            metadata_context_namespaces: [istio.attributes], failure_mode_allow: %s, status_on_error: {code: ServiceUnavailable}}\
            """;

    private static final String ROUTE =
            """
            {"@type": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute, check_settings: \
            {context_extensions: {destination.workload.name: reviews-v1, destination.workload.namespace: shop, \
            destination.service.host: reviews.shop.svc.cluster.local}}}\
            """;

    private final HttpClient http = HttpClient.newHttpClient();

    private HttpResponse<String> get(int port, String path, String role) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .header("x-role", role)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static double requests(TestMixer mixer, String code, String flags) {
        return mixer.series.families().stream()
                .filter(family -> family.definition().name().equals("istio_requests_total"))
                .flatMap(family -> family.series().stream())
                .filter(series ->
                        series.labels().asList().contains(code)
                                && series.labels().asList().contains(flags))
                .mapToDouble(series -> ((Series.Counter) series).value())
                .sum();
    }

    @Test
    void decidesAndCountsForAStockEnvoy(@TempDir Path folder) throws Exception {
        var app = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        app.createContext(
                "/",
                exchange -> {
                    try (exchange) {
                        exchange.sendResponseHeaders(200, 2);
                        exchange.getResponseBody().write(new byte[] {'o', 'k'});
                    }
                });
        app.start();
        try (var mixer = new TestMixer().with(DENY_ADMIN).serve()) {
            Files.writeString(folder.resolve("proxy.pem"), mixer.pem(TestMixer.REVIEWS));
            Files.writeString(folder.resolve("root.pem"), mixer.rootPem());
            int port = FreePorts.one();
            var bootstrap =
                    BOOTSTRAP
                            .replace("@CLOSED@", FILTER.formatted(false))
                            .replace("@OPEN@", FILTER.formatted(true))
                            .replace("@ROUTE@", ROUTE)
                            .replace("@LISTEN@", Integer.toString(port))
                            .replace("@APP@", Integer.toString(app.getAddress().getPort()))
                            .replace("@MIXER@", Integer.toString(mixer.front.port()))
                            .replace("@PEM@", folder.resolve("proxy.pem").toString())
                            .replace("@ROOT@", folder.resolve("root.pem").toString());
            try (var envoy = EnvoyProcess.start(bootstrap)) {
                envoy.awaitReady();

                for (int i = 0; i < 50; i++) {
                    assertThat(get(port, "/closed", "member").statusCode()).isEqualTo(200);
                    var denied = get(port, "/open", "guest");
                    assertThat(denied.statusCode()).isEqualTo(403);
                    assertThat(denied.body())
                            .isEqualTo("PERMISSION_DENIED:closed.shop:not for you");
                }
                await().atMost(Duration.ofSeconds(20))
                        .until(() ->
                                requests(mixer, "200", "-") == 50
                                        && requests(mixer, "403", "UAEX") == 50);
                assertThat(mixer.exposition())
                        .contains(
                                "destination_workload=\"reviews-v1\"",
                                "destination_app=\"reviews\"")
                        .contains("destination_service=\"reviews.shop.svc.cluster.local\"")
                        .contains("connection_security_policy=\"none\"");
                assertThat(mixer.counter("mixer_report_streams_refused")).isZero();

                mixer.front.stop(Duration.ZERO);
                assertThat(get(port, "/closed", "member").statusCode()).isEqualTo(503);
                assertThat(get(port, "/open", "guest").statusCode()).isEqualTo(200);
            }
        } finally {
            app.stop(0);
        }
    }
}
