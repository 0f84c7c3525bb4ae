package dev.quartet.pilot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.admin.MetricsServer;
import dev.quartet.admin.testing.MetricsContract;
import dev.quartet.pilot.ingest.InputLoop;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.status.ConfigLedger;
import dev.quartet.pilot.status.Refusals;
import dev.quartet.pilot.status.StatusReporter;
import dev.quartet.pilot.xds.AdsServer;
import dev.quartet.testkit.EnvoyProcess;
import dev.quartet.testkit.FreePorts;
import dev.quartet.wire.status.ConfigReport;
import dev.quartet.wire.status.ReportedProblem;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What Pilot as a whole tells of a stock Envoy that it serves: what it holds and why, what it refuses, and what a change would do.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SeeingTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String REVIEWS = "outbound|9080||reviews.shop.svc.cluster.local";
    private static final String GOOD =
            "- timeout: 3s\n  route: [{destination: {host: reviews, subset: v1}}]";
    private static final String SLOWER = GOOD.replace("3s", "5s");
    private static final String BAD =
            "- match: [{uri: {regex: \"[\"}}]\n  route: [{destination: {host: reviews}}]";

    @TempDir static Path folder;

    private final HttpClient http = HttpClient.newHttpClient();
    private ConfigurableApplicationContext pilot;
    private Server citadel;
    private EnvoyProcess envoy;
    private int revisions;

    @BeforeAll
    void start() throws Exception {
        var xds = FreePorts.one();
        citadel =
                NettyServerBuilder.forAddress(
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                        .directExecutor()
                        .addService(new TestSecrets())
                        .build()
                        .start();
        pilot =
                StandalonePilot.start(
                        folder,
                        "--quartet.pilot.discovery.enabled=true",
                        "--eureka.client.enabled=false",
                        "--spring.cloud.discovery.client.simple.instances.orders[0].uri=http://127.0.0.1:8081",
                        "--quartet.pilot.plaintext-xds=true",
                        "--quartet.pilot.plaintext-xds-port=" + xds);
        publish(GOOD);
        envoy =
                EnvoyProcess.start(
                        TestBootstrap.of(reviews(), xds, citadel.getPort(), "DELTA_GRPC"));
        awaitState("SYNCED");
    }

    @AfterAll
    void stop() throws InterruptedException {
        if (envoy != null) {
            envoy.close();
        }
        if (pilot != null) {
            pilot.close();
        }
        if (citadel != null) {
            citadel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
        }
    }

    @Test
    void tellsWhatWasSentAndAcked() throws Exception {
        var revision = publish(GOOD);
        inForce(revision, "20s");
        awaitState("SYNCED");

        var proxy = get("/admin/v1/proxies/reviews-v1-1.shop");

        var routes = proxy.path("types").path("rds");
        assertThat(routes.path("sent")).isEqualTo(routes.path("acked"));
        assertThat(routes.path("waiting").asBoolean()).isFalse();
        assertThat(proxy.path("refusals")).isEmpty();
        assertThat(get("/admin/v1/proxies?namespace=shop&state=synced")).hasSize(1);
        assertThat(get("/admin/v1/proxies?namespace=other")).isEmpty();
        assertThat(get("/admin/v1/proxies?type=rds")).as("nothing hangs").isEmpty();
        assertThat(send("/admin/v1/proxies?state=ILL").body())
                .contains("state is \\\"ILL\\\", and there are SYNCED, STALE and NACKED");
    }

    @Test
    void showsOneResourceAndWhoseItIs() throws Exception {
        inForce(publish(GOOD), "20s");
        awaitState("SYNCED");

        var cluster = resource("cds", REVIEWS);

        assertThat(cluster.path("inForce").asBoolean()).isTrue();
        assertThat(cluster.path("content").path("type").asString()).isEqualTo("EDS");
        assertThat(cluster.path("content").path("@type").asString())
                .endsWith("envoy.config.cluster.v3.Cluster");
        assertThat(names(cluster.path("madeFrom")))
                .containsExactlyInAnyOrder(
                        "ServiceEntry shop/reviews", "DestinationRule shop/reviews");
        var routes = resource("rds", "http_proxy");
        assertThat(names(routes.path("madeFrom"))).contains("VirtualService shop/reviews");
        assertThat(send("/admin/v1/proxies/reviews-v1-1.shop/resource?type=rds&name=none").body())
                .contains("has no rds \\\"none\\\"");
        assertThat(
                        get(
                                "/admin/v1/proxies/reviews-v1-1.shop/resources?type=cds&contains=%7C9080%7C"))
                .hasSize(1);
    }

    @Test
    void aRefusalIsSaidOfTheResourceThatIsToBlame() throws Exception {
        var good = publish(GOOD);
        inForce(good, "20s");
        var told = new AtomicReference<ConfigReport>();
        var ads = pilot.getBean(AdsServer.class);
        try (var reporter =
                new StatusReporter(
                        "pilot-0",
                        ads::progress,
                        pilot.getBean(ConfigLedger.class),
                        pilot.getBean(Refusals.class),
                        List::of,
                        told::set)) {
            var bad = publish(BAD);
            reporter.wake();
            awaitState("NACKED");

            var refusal = get("/admin/v1/proxies?state=NACKED&type=rds").path(0).path("refusals");
            assertThat(refusal).hasSize(1);
            assertThat(refusal.path(0).path("error").asString()).contains("missing ]");
            assertThat(names(refusal.path(0).path("madeFrom")))
                    .as("of all that the table is made of, what has changed")
                    .containsExactly("VirtualService shop/reviews");

            var waited = inForce(bad, "100ms");
            assertThat(waited.path("inForce").asBoolean()).isFalse();
            assertThat(waited.path("text").asString()).isEqualTo("in force on 0 of 1 proxies");
            assertThat(waited.path("missing").path(0).path("why").asString())
                    .startsWith("it refuses rds \"http_proxy\"")
                    .contains("missing ]");
            assertThat(waited.path("missing").path(0).path("revisionInForce").asString())
                    .isEqualTo(good);

            await().atMost(LIMIT)
                    .untilAsserted(() ->
                            assertThat(told.get().getProblemsList())
                                    .singleElement()
                                    .satisfies(problem -> assertBlamed(problem)));
        } finally {
            var mended = publish(GOOD);
            assertThat(inForce(mended, "20s").path("inForce").asBoolean()).isTrue();
            assertThat(get("/admin/v1/proxies/reviews-v1-1.shop").path("refusals")).isEmpty();
        }
    }

    private static void assertBlamed(ReportedProblem problem) {
        assertThat(problem.getReason()).isEqualTo("RefusedByProxy");
        assertThat(problem.getKind()).isEqualTo("VirtualService");
        assertThat(problem.getNamespace()).isEqualTo("shop");
        assertThat(problem.getName()).isEqualTo("reviews");
        assertThat(problem.getFault())
                .startsWith("reviews-v1-1.shop refuses rds \"http_proxy\"")
                .contains("missing ]");
    }

    @Test
    void aRevisionThatPilotDoesNotHaveYetIsWaitedFor() throws Exception {
        var next = "r" + (revisions + 1);
        var waiting =
                http.sendAsync(
                        request("/admin/v1/in-force?timeout=20s&revision=" + next),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(inForce(next, "0s").path("known").asBoolean()).isFalse();

        publish(GOOD);

        var answer = JSON.readTree(waiting.get(20, TimeUnit.SECONDS).body());
        assertThat(answer.path("inForce").asBoolean()).isTrue();
        assertThat(answer.path("text").asString()).isEqualTo("in force on 1 of 1 proxies");
        assertThat(send("/admin/v1/in-force?timeout=1h").statusCode()).isEqualTo(400);
        assertThat(send("/admin/v1/in-force?timeout=soon").body()).contains("no duration");
    }

    @Test
    void aChangeIsTriedAndNothingOfItReachesTheProxy() throws Exception {
        var revision = publish(GOOD);
        inForce(revision, "20s");
        var before = get("/admin/v1/proxies/reviews-v1-1.shop/resources");

        var diff = post("/admin/v1/diff?details=true", Meshes.routes("reviews", SLOWER));

        assertThat(diff.path("from").asString()).isEqualTo(revision);
        assertThat(diff.path("touched").asInt()).isEqualTo(1);
        var proxy = diff.path("proxies").path(0);
        assertThat(proxy.path("types")).hasSize(1);
        assertThat(proxy.path("types").path("rds").path("changed").asInt()).isEqualTo(1);
        assertThat(proxy.path("resources").path(0).path("lines"))
                .singleElement()
                .satisfies(line ->
                        assertThat(line.asString())
                                .startsWith("~ virtual_hosts[reviews.shop.svc.cluster.local:9080]")
                                .endsWith("route.timeout: 3s -> 5s"));
        assertThat(get("/admin/v1/proxies/reviews-v1-1.shop/resources")).isEqualTo(before);
        assertThat(get("/admin/v1/proxies/reviews-v1-1.shop").path("state").asString())
                .isEqualTo("SYNCED");
    }

    @Test
    void aChangeOfADelegateAloneIsTriedAndInForceLikeAnyOther() throws Exception {
        var handing = "- delegate: {name: rest, namespace: team}";
        inForce(publish(handing, delegate("timeout: 1s", "\"*\"")), "20s");

        var slower = post("/admin/v1/diff?details=true", delegate("timeout: 4s", "\"*\""));
        var hidden = post("/admin/v1/diff", delegate("timeout: 1s", "team"));
        var deleted = post("/admin/v1/diff?delete=VirtualService/team/rest", "");

        assertThat(slower.path("proxies").path(0).path("resources").path(0).path("lines"))
                .singleElement()
                .satisfies(line ->
                        assertThat(line.asString())
                                .startsWith("~ virtual_hosts[reviews.shop.svc.cluster.local:9080]")
                                .endsWith("route.timeout: 1s -> 4s"));
        assertThat(raised(hidden)).containsExactly("DelegateNotExported");
        assertThat(raised(deleted)).containsExactly("DelegateNotFound");
        var mended = publish(handing, delegate("timeout: 4s", "\"*\""));
        assertThat(inForce(mended, "20s").path("inForce").asBoolean()).isTrue();
        assertThat(names(resource("rds", "http_proxy").path("madeFrom")))
                .contains("VirtualService team/rest", "VirtualService shop/reviews");
    }

    @Test
    void aRefusalIsSaidOfTheDelegateThatIsToBlame() throws Exception {
        var handing = "- delegate: {name: rest, namespace: team}";
        inForce(publish(handing, delegate("timeout: 1s", "\"*\"")), "20s");
        try {
            publish(handing, delegate("match: [{uri: {regex: '[a'}}]", "\"*\""));
            awaitState("NACKED");

            assertThat(
                            names(
                                    get("/admin/v1/proxies?state=NACKED&type=rds")
                                            .path(0)
                                            .path("refusals")
                                            .path(0)
                                            .path("madeFrom")))
                    .containsExactly("VirtualService team/rest");
        } finally {
            var mended = publish(GOOD);
            assertThat(inForce(mended, "20s").path("inForce").asBoolean()).isTrue();
        }
    }

    private static List<String> raised(JsonNode diff) {
        return diff.path("raised").valueStream().map(it -> it.path("reason").asString()).toList();
    }

    private static String delegate(String route, String exportTo) {
        return """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: rest, namespace: team}
        spec:
          exportTo: [%s]
          http: [{%s, route: [{destination: {host: reviews.shop.svc.cluster.local}}]}]
        """
                .formatted(exportTo, route);
    }

    @Test
    void whatADeletionWouldBreakIsTold() throws Exception {
        inForce(publish(GOOD), "20s");

        var diff = post("/admin/v1/diff?delete=DestinationRule/shop/reviews", "");

        assertThat(diff.path("proxies").path(0).path("types").path("cds").path("removed").asInt())
                .as("the subset's cluster")
                .isEqualTo(1);
        assertThat(diff.path("raised").valueStream().map(it -> it.path("reason").asString()))
                .contains("SubsetNotFound");
        assertThat(diff.path("raised").path(0).path("resource").path("name").asString())
                .isEqualTo("reviews");
        assertThat(diff.path("cleared")).isEmpty();
    }

    @Test
    void aServiceMoreIsClustersAndEndpointsMore() throws Exception {
        inForce(publish(GOOD), "20s");

        var diff = post("/admin/v1/diff", Meshes.service("details", "v1"));

        var types = diff.path("proxies").path(0).path("types");
        assertThat(types.path("cds").path("added").asInt()).isEqualTo(1);
        assertThat(types.path("eds").path("added").asInt()).isEqualTo(1);
        assertThat(post("/admin/v1/diff", Meshes.routes("reviews", GOOD)).path("untouched").asInt())
                .as("the same again")
                .isEqualTo(1);
    }

    @Test
    void wrongDocumentsAreRefusedWithTheirLines() throws Exception {
        var answer =
                send(
                        builder("/admin/v1/diff?file=routes.yaml"),
                        Meshes.routes("reviews", "- timout: 3s"));

        assertThat(answer.statusCode()).isEqualTo(422);
        var problem = JSON.readTree(answer.body());
        assertThat(problem.path("detail").asString()).startsWith("nothing was compared");
        assertThat(problem.path("problems").path(0).path("text").asString())
                .contains("UnknownField routes.yaml:7", "spec.http[0].timout");
        assertThat(send(builder("/admin/v1/diff?delete=VirtualService/shop/none"), "").body())
                .contains("there is no VirtualService shop/none in force");
        assertThat(send(builder("/admin/v1/diff?delete=Routes/x"), "").statusCode()).isEqualTo(400);
    }

    @Test
    void debugPagesSpeakIstiosWords() throws Exception {
        var revision = publish(GOOD);
        inForce(revision, "20s");

        awaitState("SYNCED");
        var sync = get("/debug/syncz").path(0);
        assertThat(sync.path("proxy").asString())
                .isEqualTo("sidecar~127.1.0.1~reviews-v1-1.shop~shop.svc.cluster.local");
        assertThat(sync.path("cluster_sent").asString()).isNotEmpty();
        assertThat(sync.path("cluster_acked")).isEqualTo(sync.path("cluster_sent"));
        assertThat(sync.path("route_acked")).isEqualTo(sync.path("route_sent"));
        assertThat(sync.path("endpoint_percent").asInt()).isEqualTo(100);

        var distribution =
                get("/debug/config_distribution?resource=VirtualService/shop/reviews").path(0);
        assertThat(distribution.path("route_acked").asString()).isNotEmpty();
        assertThat(send("/debug/config_distribution?resource=VirtualService/shop/x").statusCode())
                .isEqualTo(404);

        var dump = get("/debug/config_dump?proxyID=" + sync.path("proxy").asString());
        assertThat(dump.path("configs").valueStream().map(it -> it.path("@type").asString()))
                .contains(
                        "type.googleapis.com/envoy.admin.v3.ClustersConfigDump",
                        "type.googleapis.com/envoy.admin.v3.RoutesConfigDump");
        assertThat(dump.toString()).contains(REVIEWS);
        assertThat(send("/debug/config_dump").statusCode()).isEqualTo(400);
        assertThat(send("/debug/config_dump?proxyID=nobody").statusCode()).isEqualTo(404);

        var tls = get("/debug/authenticationz?proxyID=reviews-v1-1.shop");
        assertThat(tls.valueStream().map(Object::toString))
                .contains(
                        """
                        {"host":"reviews.shop.svc.cluster.local","port":9080,"authentication_policy_name":"-","destination_rule_name":"reviews/shop","server":"DISABLE","client":"-","TLS_conflict_status":"AUTO"}\
                        """
                                .strip());
        assertThat(send("/debug/authenticationz").statusCode()).isEqualTo(400);
        assertThat(get("/debug/authorizationz?proxyID=reviews-v1-1.shop")).isEmpty();
        assertThat(send("/debug/authorizationz").statusCode()).isEqualTo(400);

        assertThat(get("/debug/registryz").toString()).contains("ratings.shop.svc.cluster.local");
        assertThat(get("/debug/endpointz").toString()).contains("127.1.0.7");
        assertThat(send("/debug/endpointz?brief=1").body())
                .contains("reviews.shop.svc.cluster.local:http 127.1.0.7:9080\n");
        assertThat(
                        get("/debug/endpointShardz")
                                .path("reviews.shop.svc.cluster.local")
                                .path("shop")
                                .path("ServiceAccounts")
                                .has("shop/reviews"))
                .isTrue();
        assertThat(get("/debug/configz").toString()).contains("\"type\":\"virtual-service\"");
        assertThat(get("/debug/edsz").toString()).contains(REVIEWS);
        assertThat(get("/debug/cdsz").path(0).path("Clusters").toString()).contains(REVIEWS);
        assertThat(get("/debug/adsz?push=1").path("pushed").asInt()).isEqualTo(1);
        assertThat(get("/debug/adsz").path(0).path("RDSRoutes")).isNotEmpty();
        assertThat(
                        get("/debug/push_status")
                                .path("pilot_eds_no_instances")
                                .has("outbound|9080||ratings.shop.svc.cluster.local"))
                .isTrue();
        for (var page : get("/debug")) {
            assertThat(page.path("path").asString()).startsWith("/debug/");
        }
        assertThat(send("/version").statusCode()).isEqualTo(200);
        assertThat(send("/ready").body()).as("there is no certificate").startsWith("not ready");
    }

    @Test
    void printsTheMetricsThatTheDocumentLists() {
        var port = pilot.getBean(MetricsServer.class).port();

        new MetricsContract(
                        Path.of("../docs/metrics.md"),
                        "Pilot",
                        URI.create("http://127.0.0.1:" + port + "/metrics"))
                .verify();
    }

    private JsonNode post(String path, String yaml) throws Exception {
        var answer = send(builder(path), yaml);
        assertThat(answer.statusCode()).as("%s: %s", path, answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private HttpResponse<String> send(HttpRequest.Builder request, String yaml) throws Exception {
        return http.send(
                request.header("Content-Type", "application/yaml")
                        .POST(HttpRequest.BodyPublishers.ofString(yaml))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /// @param more resources
    private String publish(String http, String... more) {
        revisions++;
        var revision = "r" + revisions;
        var documents =
                List.of(
                        Meshes.service("reviews", "v1"),
                        Meshes.subsets("reviews", "v1"),
                        Meshes.routes("reviews", http),
                        """
                        apiVersion: networking.istio.io/v1alpha3
                        kind: WorkloadEntry
                        metadata: {name: reviews-v1, namespace: shop}
                        spec:
                          address: 127.1.0.7
                          ports: {http: 9080}
                          labels: {app: reviews, version: v1}
                          serviceAccount: reviews
                        """,
                        Meshes.service("ratings", "v1"),
                        Meshes.routes("ratings", "- route: [{destination: {host: ratings}}]"));
        pilot.getBean(InputLoop.class)
                .onSnapshot(
                        Meshes.config(
                                revision,
                                Stream.concat(documents.stream(), Stream.of(more))
                                        .toArray(String[]::new)));
        return revision;
    }

    private static Proxy reviews() {
        return Meshes.sidecar("reviews-v1", "127.1.0.1");
    }

    private JsonNode inForce(String revision, String timeout) throws Exception {
        return get("/admin/v1/in-force?revision=" + revision + "&timeout=" + timeout);
    }

    private void awaitState(String state) {
        await().atMost(LIMIT)
                .untilAsserted(() ->
                        assertThat(get("/admin/v1/proxies?state=" + state))
                                .as("%s", send("/admin/v1/proxies").body())
                                .hasSize(1));
    }

    private JsonNode resource(String type, String name) throws Exception {
        return get(
                "/admin/v1/proxies/reviews-v1-1.shop/resource?type="
                        + type
                        + "&name="
                        + URLEncoder.encode(name, StandardCharsets.UTF_8));
    }

    private static List<String> names(JsonNode subjects) {
        return subjects.valueStream()
                .map(it ->
                        "%s %s/%s"
                                .formatted(
                                        it.path("kind").asString(),
                                        it.path("namespace").asString(),
                                        it.path("name").asString()))
                .toList();
    }

    private JsonNode get(String path) throws Exception {
        var answer = send(path);
        assertThat(answer.statusCode()).as("%s: %s", path, answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private HttpResponse<String> send(String path) throws Exception {
        return http.send(request(path), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest request(String path) {
        return builder(path).build();
    }

    private HttpRequest.Builder builder(String path) {
        try {
            var token = Files.readString(folder.resolve("state/admin-token")).strip();
            return HttpRequest.newBuilder(
                            URI.create(
                                    "http://127.0.0.1:"
                                            + pilot.getEnvironment()
                                                    .getProperty("local.server.port")
                                            + path))
                    .header("Authorization", "Bearer " + token);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
