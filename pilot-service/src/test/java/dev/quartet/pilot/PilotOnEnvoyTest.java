package dev.quartet.pilot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.quartet.identity.Pem;
import dev.quartet.identity.SpiffeId;
import dev.quartet.identity.testing.TestAuthority;
import dev.quartet.pilot.discovery.EurekaInstance;
import dev.quartet.pilot.discovery.EurekaServerProcess;
import dev.quartet.pilot.ingest.MeshInputs;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.registry.Registries;
import dev.quartet.pilot.snapshot.SnapshotBuilder;
import dev.quartet.pilot.translate.Translation;
import dev.quartet.pilot.translate.XdsType;
import dev.quartet.pilot.xds.AdsServer;
import dev.quartet.pilot.xds.AdsServer.Audience;
import dev.quartet.pilot.xds.ConnectionStatus;
import dev.quartet.testkit.EnvoyProcess;
import dev.quartet.testkit.FreePorts;
import dev.quartet.testkit.GoldenCases;
import dev.quartet.testkit.GoldenCases.Case;
import dev.quartet.testkit.PlainHttp;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Pilot's stages before a stock Envoy: every golden case is accepted, a refusal keeps the last good config, and a
/// proxy that comes back gets only what changed.
class PilotOnEnvoyTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private final TestSecrets secrets = new TestSecrets();
    @TempDir private Path files;

    private SimpleMeterRegistry meters;
    private AdsServer proxies;
    private Server server;

    @BeforeEach
    void open() throws IOException {
        open(0);
    }

    private void open(int port) throws IOException {
        meters = new SimpleMeterRegistry();
        proxies = new AdsServer(Meshes.NOBODY, Clock.systemUTC(), meters, 2);
        server =
                NettyServerBuilder.forAddress(
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                        .directExecutor()
                        .addService(proxies.service())
                        .addService(secrets)
                        .build()
                        .start();
    }

    @AfterEach
    void close() throws InterruptedException {
        proxies.close();
        server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }

    static List<Case> cases() {
        return GoldenCases.under("testdata");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void everyGoldenCaseIsAccepted(Case example) throws IOException {
        var scene = Scene.read(example.in().replace("/etc/test-certs", certificates().toString()));
        proxies.publish(
                Translation.of(Meshes.snapshot(scene.config(), scene.proxies()))::configFor,
                Audience.EVERYONE);

        try (var envoy = EnvoyProcess.start(bootstrap(scene.proxy(), "DELTA_GRPC"))) {
            awaitSynced();

            assertThat(only().errors()).isEmpty();
            assertThat(envoy.stat("runtime.deprecated_feature_use")).as("%s", envoy.log()).isZero();
        }
    }

    /// Envoy refuses a listener whose files are not there.
    private Path certificates() throws IOException {
        var authority = new TestAuthority(Clock.systemUTC());
        var server = authority.issue(new SpiffeId("outside", "web", "server"), Duration.ofHours(1));
        Files.writeString(files.resolve("server.pem"), Pem.encode(server.chain()));
        Files.writeString(files.resolve("server-key.pem"), Pem.encode(server.key()));
        authority.writeRoot(files.resolve("root.pem"));
        return files;
    }

    @Test
    void stateOfTheWorldWorksToo() {
        publish(mesh("one", "- route: [{destination: {host: reviews}}]"));

        try (var envoy = EnvoyProcess.start(bootstrap(reviews(), "GRPC"))) {
            awaitSynced();
            publish(mesh("two", "- timeout: 3s\n  route: [{destination: {host: reviews}}]"));
            awaitSynced("two");

            assertThat(envoy.configDump()).contains("\"timeout\": \"3s\"");
            assertThat(only().protocol()).isEqualTo("sotw");
        }
    }

    @Test
    void keepsLastGoodConfigAfterNackAndDoesNotSendItAgain() {
        publish(mesh("one", "- timeout: 3s\n  route: [{destination: {host: reviews}}]"));
        try (var envoy = EnvoyProcess.start(bootstrap(reviews(), "DELTA_GRPC"))) {
            awaitSynced();
            var before = pushes();

            publish(
                    mesh(
                            "bad",
                            "- match: [{uri: {regex: \"[\"}}]\n  route: [{destination: {host: reviews}}]"));

            await().atMost(LIMIT).until(() -> only().state() == ConnectionStatus.State.NACKED);
            assertThat(only().errors().get(XdsType.RDS)).contains("missing ]");
            assertThat(envoy.configDump()).contains("\"timeout\": \"3s\"");

            publish(mesh("good", "- timeout: 4s\n  route: [{destination: {host: reviews}}]"));
            awaitSynced("good");
            assertThat(pushes() - before).as("the refused table and the good one").isEqualTo(2);
            assertThat(meters.get("pilot_proxy_queue_time").summary().count()).isPositive();
            assertThat(meters.get("pilot_proxy_convergence_time").summary().count()).isPositive();
        }
    }

    @Test
    void sendsOnlyWhatChangedToAProxyThatComesBack() throws Exception {
        publish(mesh("one", "- timeout: 3s\n  route: [{destination: {host: reviews}}]"));
        var port = server.getPort();
        try (var envoy = EnvoyProcess.start(bootstrap(reviews(), "DELTA_GRPC"))) {
            awaitSynced();

            close();
            open(port);
            publish(mesh("two", "- timeout: 4s\n  route: [{destination: {host: reviews}}]"));

            await().atMost(LIMIT).until(() -> !proxies.status().isEmpty());
            awaitSynced("two");
            assertThat(envoy.configDump()).contains("\"timeout\": \"4s\"");
            assertThat(pushes())
                    .as("an empty first answer for clusters and listeners, and the changed table")
                    .isEqualTo(3);
        }
    }

    /// A Pilot without its list of workloads cannot tell an endpoint that has gone from one that is not back yet.
    @ParameterizedTest
    @ValueSource(strings = {"DELTA_GRPC", "GRPC"})
    void aProxyThatComesBackKeepsItsConfigWhilePilotDoesNotKnowWhoIsThere(String api)
            throws Exception {
        publish(mesh("one", "- timeout: 3s\n  route: [{destination: {host: reviews}}]"));
        var port = server.getPort();
        try (var envoy = EnvoyProcess.start(bootstrap(reviews(), api))) {
            awaitSynced();

            close();
            open(port);
            var two = mesh("two", "- timeout: 4s\n  route: [{destination: {host: reviews}}]");
            proxies.publish(two::configFor, Audience.NEWCOMERS);
            try (var newcomer = EnvoyProcess.start(bootstrap(newcomer(), api))) {
                await().atMost(LIMIT)
                        .untilAsserted(() ->
                                assertThat(states())
                                        .containsExactlyInAnyOrder(
                                                ConnectionStatus.State.STALE,
                                                ConnectionStatus.State.SYNCED));
                assertThat(newcomer.configDump()).contains("\"timeout\": \"4s\"");
                assertThat(envoy.configDump()).contains("\"timeout\": \"3s\"");

                proxies.publish(two::configFor, Audience.EVERYONE);

                await().atMost(LIMIT)
                        .untilAsserted(() ->
                                assertThat(states()).containsOnly(ConnectionStatus.State.SYNCED));
                assertThat(envoy.configDump()).contains("\"timeout\": \"4s\"");
            }
        }
    }

    /// As Galley writes it for a path of an Ingress whose Service has no port of that name.
    @Test
    void aPathThatLeadsNowhereYetAnswers503WhileAWiderOneIsServed() throws Exception {
        var service = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        service.createContext("/", PilotOnEnvoyTest::answer);
        service.start();
        var gateway = FreePorts.several(1).getFirst();
        var body = "quartet: what this path leads to is not known (Ingress shop/web)\\n";
        publish(
                ingress(
                        "unknown",
                        gateway,
                        service.getAddress().getPort(),
                        "directResponse: {status: 503, body: {string: \"%s\"}}".formatted(body)));
        try (var _ = EnvoyProcess.start(bootstrap(Meshes.gateway(), "DELTA_GRPC"))) {
            awaitSynced();

            await().atMost(LIMIT)
                    .ignoreExceptions()
                    .until(() -> get(gateway, "/books").equals("200 served"));
            assertThat(get(gateway, "/reviews/1"))
                    .isEqualTo(
                            "503 quartet: what this path leads to is not known (Ingress shop/web)\n");

            publish(
                    ingress(
                            "known",
                            gateway,
                            service.getAddress().getPort(),
                            "route: [{destination: {host: web.example.com}}]"));
            awaitSynced("known");
            await().atMost(LIMIT).until(() -> get(gateway, "/reviews/1").equals("200 served"));
        } finally {
            service.stop(0);
        }
    }

    /// From a Eureka server by its client and all of Pilot's stages to a request's way.
    @Test
    void requestsFollowWhatEurekaLists(@TempDir Path folder) throws Exception {
        var first = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        first.createContext("/", exchange -> answer(exchange, "first"));
        first.start();
        var second = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        second.createContext("/", exchange -> answer(exchange, "second"));
        second.start();
        var gateway = FreePorts.one();
        try (var eureka = EurekaServerProcess.create(folder);
                var pilot = PilotOnEurekaTest.pilot(folder, eureka);
                var _ = EnvoyProcess.start(bootstrap(Meshes.gateway(), "DELTA_GRPC"))) {
            var registries = pilot.getBean(Registries.class);

            try (var _ = orders(eureka, "a", first)) {
                eventuallyAnswers(registries, gateway, "200 first");
                try (var _ = orders(eureka, "b", second)) {
                    eventuallyAnswers(registries, gateway, "200 second");
                    eventuallyAnswers(registries, gateway, "200 first");
                }
            }
            try (var _ = orders(eureka, "b", second)) {
                eventuallyAnswers(registries, gateway, "200 second");
            }
        } finally {
            first.stop(0);
            second.stop(0);
        }
    }

    private static EurekaInstance orders(EurekaServerProcess eureka, String id, HttpServer http) {
        return EurekaInstance.start(
                eureka,
                "orders",
                "orders-" + id,
                "127.0.0.1",
                http.getAddress().getPort(),
                Map.of("quartet.port", "80"));
    }

    private void eventuallyAnswers(Registries registries, int gateway, String answer) {
        var config =
                Meshes.config(
                        "one",
                        web(gateway),
                        """
                        apiVersion: networking.istio.io/v1alpha3
                        kind: VirtualService
                        metadata: {name: orders, namespace: shop}
                        spec:
                          hosts: [a.example.org]
                          gateways: [web]
                          http: [{route: [{destination: {host: orders}}]}]
                        """);
        var presences = Meshes.inputs(config, Meshes.gateway()).presences();
        await().atMost(LIMIT.multipliedBy(3))
                .ignoreExceptions()
                .until(() -> {
                    var registry = registries.registry().orElseThrow();
                    publish(
                            Translation.of(
                                    new SnapshotBuilder()
                                            .build(new MeshInputs(config, presences, registry))));
                    return get(gateway, "/").equals(answer);
                });
    }

    private static void answer(HttpExchange exchange) throws IOException {
        answer(exchange, "served");
    }

    private static void answer(HttpExchange exchange, String text) throws IOException {
        try (exchange) {
            var body = text.getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private static String get(int port, String path) {
        var answer =
                PlainHttp.get(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                        path,
                        Map.of("Host", "a.example.org"));
        return answer.status() + " " + answer.body();
    }

    /// A gateway that takes every host on this port, in plaintext.
    private static String web(int port) {
        return """
        apiVersion: networking.istio.io/v1alpha3
        kind: WorkloadGroup
        metadata: {name: ingressgateway, namespace: istio-system}
        spec:
          metadata: {labels: {istio: ingressgateway}}
          template: {serviceAccount: ingressgateway}
        ---
        apiVersion: networking.istio.io/v1alpha3
        kind: Gateway
        metadata: {name: web, namespace: shop}
        spec:
          selector: {istio: ingressgateway}
          servers: [{port: {number: %d, name: http, protocol: HTTP}, hosts: ["*"]}]
        """
                .formatted(port);
    }

    /// @param reviews what happens to requests for `/reviews` and below
    private static Translation ingress(String revision, int port, int service, String reviews) {
        return Translation.of(
                Meshes.snapshot(
                        Meshes.config(
                                revision,
                                web(port),
                                """
                                apiVersion: networking.istio.io/v1alpha3
                                kind: ServiceEntry
                                metadata: {name: web, namespace: shop}
                                spec:
                                  hosts: [web.example.com]
                                  location: MESH_EXTERNAL
                                  resolution: STATIC
                                  ports: [{number: 80, name: http, protocol: HTTP}]
                                  endpoints: [{address: 127.0.0.1, ports: {http: %d}}]
                                ---
                                apiVersion: networking.istio.io/v1alpha3
                                kind: VirtualService
                                metadata: {name: a-example-org-web, namespace: shop}
                                spec:
                                  hosts: [a.example.org]
                                  gateways: [shop/web]
                                  http:
                                  - match: [{uri: {exact: /reviews}}, {uri: {prefix: /reviews/}}]
                                    %s
                                  - match: [{uri: {prefix: /}}]
                                    route: [{destination: {host: web.example.com}}]
                                """
                                        .formatted(service, reviews)),
                        Meshes.gateway()));
    }

    private List<ConnectionStatus.State> states() {
        return proxies.progress().stream().map(ConnectionStatus.Progress::state).toList();
    }

    private double pushes() {
        return java.util.Arrays.stream(XdsType.values())
                .mapToDouble(type ->
                        meters.get("pilot_xds_pushes").tag("type", type.label()).counter().count())
                .sum();
    }

    private void awaitSynced() {
        await().atMost(LIMIT)
                .untilAsserted(() -> {
                    assertThat(proxies.status()).hasSize(1);
                    assertThat(only().state())
                            .as("%s", only())
                            .isEqualTo(ConnectionStatus.State.SYNCED);
                });
    }

    private void awaitSynced(String revision) {
        await().atMost(LIMIT)
                .untilAsserted(() -> {
                    assertThat(only().revisionInForce()).as("%s", only()).isEqualTo(revision);
                    assertThat(only().state()).isEqualTo(ConnectionStatus.State.SYNCED);
                });
    }

    private ConnectionStatus only() {
        return proxies.status().getFirst();
    }

    private void publish(Translation translation) {
        proxies.publish(translation::configFor, Audience.EVERYONE);
    }

    private static Proxy reviews() {
        return Meshes.sidecar("reviews-v1", "127.1.0.1");
    }

    private static Proxy newcomer() {
        return Meshes.sidecar("reviews-v1", "127.1.0.2");
    }

    private static Translation mesh(String revision, String http) {
        return Translation.of(
                Meshes.snapshot(
                        Meshes.config(
                                revision,
                                Meshes.service("reviews", "v1"),
                                Meshes.routes("reviews", http)),
                        reviews()));
    }

    private String bootstrap(Proxy proxy, String api) {
        return TestBootstrap.of(proxy, server.getPort(), api);
    }
}
