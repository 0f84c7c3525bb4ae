package dev.quartet.e2e;

import static dev.quartet.e2e.FiveServices.Service.CITADEL;
import static dev.quartet.e2e.FiveServices.Service.GALLEY;
import static dev.quartet.e2e.FiveServices.Service.INJECTOR;
import static dev.quartet.e2e.FiveServices.Service.MIXER;
import static dev.quartet.e2e.FiveServices.Service.PILOT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.identity.JoinToken;
import dev.quartet.identity.SpiffeId;
import dev.quartet.testkit.SourceTree;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext;
import io.envoyproxy.envoy.service.auth.v3.AuthorizationGrpc;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.grpc.Status;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// What README.md's table "Each service alone" promises, row by row: `java -jar` and nothing else of the mesh.
@Execution(ExecutionMode.CONCURRENT)
class EachServiceAloneIT {
    private static final String YAML = "application/yaml";
    private static final String ROUTE =
            """
            apiVersion: networking.istio.io/v1alpha3
            kind: VirtualService
            metadata: {name: orders, namespace: shop}
            spec:
              hosts: [orders.shop.svc.cluster.local]
              http:
              - route:
                - destination: {host: orders.shop.svc.cluster.local}
            """;

    private final FiveServices services = new FiveServices();

    @AfterEach
    void stop() {
        services.close();
    }

    /// Starts it by the table's words; it lives, and says what the table says that it waits for.
    private void startAlone(FiveServices.Service service) {
        var row = AloneTable.of(service);
        assertThat(SourceTree.root().resolve(row.jar()))
                .isEqualTo(FiveServices.jar(service))
                .isRegularFile();
        services.start(service);

        var ready = services.probe(service, "ready");
        if (row.waitsFor().isEmpty()) {
            services.awaitReady(service);
        } else {
            assertThat(ready.status()).isEqualTo(503);
            assertThat(ready.body()).startsWith("waits for: ");
            assertThat(row.waitsFor())
                    .allSatisfy(what -> assertThat(ready.body()).contains(services.moved(what)));
        }
    }

    @Test
    @Execution(ExecutionMode.SAME_THREAD)
    void citadelGivesTokensAndCertificates() throws Exception {
        startAlone(CITADEL);
        services.initTrust("shop/orders");

        var token = services.trust().resolve("shop/orders/token");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(token)))
                .isEqualTo("rw-------");
        try (var orders = Caller.of(services.trust(), services.port(8060), "shop", "orders")) {
            assertThat(orders.identity().certificate())
                    .as("by CSR")
                    .hasValueSatisfying(own ->
                            assertThat(own.spiffeId().uri())
                                    .isEqualTo("spiffe://cluster.local/ns/shop/sa/orders"));
            assertThat(orders.secret(JoinToken.read(token), "default"))
                    .as("by SDS")
                    .isEqualTo(Status.Code.OK);
        }
        assertThat(services.get(CITADEL, "/admin/v1/root").body()).contains("BEGIN CERTIFICATE");
        assertThat(services.get(CITADEL, "/admin/v1/certificates").body())
                .contains("spiffe://cluster.local/ns/shop/sa/orders");
    }

    @Test
    @Execution(ExecutionMode.SAME_THREAD)
    void galleyJudgesAndKeepsConfig() {
        startAlone(GALLEY);

        var broken = ROUTE.replace("route:", "rout:");
        assertThat(post(GALLEY, "/admin/v1/validate", ROUTE)).contains("\"valid\":true");
        assertThat(post(GALLEY, "/admin/v1/validate", broken))
                .contains("\"valid\":false", "spec.http[0].rout");
        assertThat(services.rest(GALLEY, "POST", "/admin/v1/config/apply", YAML, broken).status())
                .isEqualTo(422);
        assertThat(post(GALLEY, "/admin/v1/config/apply", ROUTE)).contains("\"created\":[{");
        assertThat(services.get(GALLEY, "/admin/v1/config/status").body())
                .contains("no pilot reports");

        services.stop(GALLEY);
        services.start(GALLEY);
        assertThat(services.get(GALLEY, "/admin/v1/config/virtualservices/shop/orders").status())
                .as("kept over a restart")
                .isEqualTo(200);
    }

    @Test
    @Execution(ExecutionMode.SAME_THREAD)
    void pilotWaitsAndMixerEvaluates() {
        startAlone(PILOT);
        assertThat(services.get(PILOT, "/admin/v1/proxies").body()).isEqualTo("[]");

        startAlone(MIXER);
        var answer =
                services.rest(
                        MIXER,
                        "POST",
                        "/admin/v1/expressions/evaluate",
                        "application/json",
                        """
                        {"expression": "request.path.startsWith(\\"/internal\\")",
                         "attributes": {"request.path": {"type": "STRING", "value": "/internal/x"}}}
                        """);
        assertThat(answer.body()).contains("\"value\":true");
    }

    /// A first run with Citadel and Galley leaves certificate and config on disk; then those two are gone.
    @Test
    @Execution(ExecutionMode.SAME_THREAD)
    void pilotAndMixerServeFromTheirOwnDisk() throws Exception {
        services.initTrust("shop/orders");
        services.start(CITADEL);
        services.start(GALLEY);
        assertThat(post(GALLEY, "/admin/v1/config/apply", ROUTE)).contains("\"created\":[{");
        assertThat(
                        post(
                                GALLEY,
                                "/admin/v1/config/apply",
                                Files.readString(
                                        SourceTree.root()
                                                .resolve("samples/mixer-without-pilot/rule.yaml"))))
                .contains("\"created\":[{");
        services.launch(PILOT, FiveServices.jar(PILOT), List.of());
        services.launch(MIXER, FiveServices.jar(MIXER), List.of());
        services.awaitReady(PILOT);
        services.awaitReady(MIXER);
        try (var orders = Caller.of(services.trust(), services.port(8060), "shop", "orders")) {
            services.stopAll();

            services.start(PILOT);
            services.awaitReady(PILOT);
            assertThat(services.get(PILOT, "/admin/v1/config").body())
                    .contains("\"fromDisk\":true", "\"namespace\":\"shop\",\"name\":\"orders\"");
            assertThat(
                            orders.clusters(
                                    services.port(15011), Caller.node("orders", "shop", "orders")))
                    .as("a proxy gets config")
                    .isEqualTo(Status.Code.OK);
            services.stop(PILOT);

            services.start(MIXER);
            services.awaitReady(MIXER);
            assertThat(check(orders, "/").getStatus().getCode()).isZero();
            var denied = check(orders, "/internal").getDeniedResponse();
            assertThat(denied.getStatus().getCodeValue()).isEqualTo(403);
            assertThat(denied.getBody()).contains("closed.shop:internal pages are closed");
        }
    }

    private CheckResponse check(Caller caller, String path) throws InterruptedException {
        var channel =
                caller.identity()
                        .channel(
                                "127.0.0.1:" + services.port(9091),
                                SpiffeId.controlPlane(
                                        "cluster.local", "istio-mixer-service-account"));
        try {
            var http =
                    AttributeContext.HttpRequest.newBuilder()
                            .setMethod("GET")
                            .setPath(path)
                            .setHost("orders");
            return AuthorizationGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(10, TimeUnit.SECONDS)
                    .check(
                            CheckRequest.newBuilder()
                                    .setAttributes(
                                            AttributeContext.newBuilder()
                                                    .setRequest(
                                                            AttributeContext.Request.newBuilder()
                                                                    .setHttp(http))
                                                    .putContextExtensions(
                                                            "destination.workload.name",
                                                            "orders-v1"))
                                    .build());
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    @Execution(ExecutionMode.SAME_THREAD)
    void injectorPutsSidecarsIntoYaml() {
        startAlone(INJECTOR);

        assertThat(services.get(INJECTOR, "/admin/v1/status").body())
                .as("its webhook waits")
                .contains(services.moved("a certificate from Citadel at 127.0.0.1:8060"));
        assertThat(
                        post(
                                INJECTOR,
                                "/admin/v1/inject",
                                """
                                apiVersion: apps/v1
                                kind: Deployment
                                metadata: {name: orders, namespace: shop}
                                spec:
                                  selector: {matchLabels: {app: orders}}
                                  template:
                                    metadata: {labels: {app: orders}}
                                    spec:
                                      containers:
                                      - {name: orders, image: orders}
                                """))
                .contains("name: istio-init", "name: istio-proxy");
    }

    private String post(FiveServices.Service service, String path, String yaml) {
        var answer = services.rest(service, "POST", path, YAML, yaml);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }
}
