package dev.quartet.galley;

import static dev.quartet.galley.TestDocuments.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.admin.MetricsServer;
import dev.quartet.admin.testing.AdminContract;
import dev.quartet.admin.testing.MetricsContract;
import dev.quartet.config.Kind;
import dev.quartet.galley.change.ChangeDesk;
import dev.quartet.galley.change.Precondition;
import dev.quartet.galley.change.Terms;
import dev.quartet.galley.history.Cause;
import dev.quartet.identity.SpiffeId;
import dev.quartet.identity.testing.TestAuthority;
import dev.quartet.identity.testing.TestCitadel;
import dev.quartet.stream.ConfigReporter;
import dev.quartet.stream.ConfigSnapshot;
import dev.quartet.stream.ConfigStream;
import dev.quartet.stream.ConfigStreamSettings;
import dev.quartet.wire.mcp.RequestResources;
import dev.quartet.wire.mcp.ResourceSourceGrpc;
import dev.quartet.wire.mcp.Resources;
import dev.quartet.wire.status.ConfigReport;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.json.JsonMapper;

/// The whole service by its doors: REST over HTTP, MCP and ConfigStatus over mutual TLS with certificates that a Citadel
/// gave.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GalleyServiceTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String VIRTUAL_SERVICE =
            """
            apiVersion: networking.istio.io/v1alpha3
            kind: VirtualService
            metadata:
              name: reviews
              namespace: shop
            spec:
              hosts:
              - reviews.shop.svc.cluster.local
              http:
              - route:
                - destination:
                    host: reviews.shop.svc.cluster.local
                    subset: v3
            """;

    @TempDir static Path temp;

    private final TestAuthority authority = new TestAuthority(Clock.systemUTC());
    private final List<AutoCloseable> open = new ArrayList<>();
    private TestCitadel citadel;
    private ConfigurableApplicationContext galley;
    private Path configDir;
    private GalleyRest rest;

    @BeforeAll
    void start() throws Exception {
        configDir = Files.createDirectory(temp.resolve("config"));
        authority.writeRoot(temp.resolve("root.pem"));
        citadel = new TestCitadel(authority, account("istio-galley-service-account"), 0);
        var tokenFile =
                Files.createFile(
                        temp.resolve("token"),
                        java.nio.file.attribute.PosixFilePermissions.asFileAttribute(
                                java.nio.file.attribute.PosixFilePermissions.fromString(
                                        "rw-------")));
        Files.writeString(tokenFile, TestCitadel.TOKEN);
        galley =
                SpringApplication.run(
                        GalleyApplication.class,
                        "--server.port=0",
                        "--quartet.metrics.port=0",
                        "--quartet.galley.grpc-port=0",
                        "--quartet.state-dir=" + temp.resolve("state"),
                        "--quartet.galley.config-dir=" + configDir,
                        "--quartet.identity.token-file=" + tokenFile,
                        "--quartet.identity.root-cert-file=" + temp.resolve("root.pem"),
                        "--quartet.identity.citadel-address=" + citadel.address());
        rest = GalleyRest.of(galley, temp.resolve("state"));
    }

    @AfterAll
    void stop() {
        galley.close();
        citadel.close();
    }

    @AfterEach
    void closeAll() throws Exception {
        for (var closeable : open.reversed()) {
            closeable.close();
        }
        open.clear();
        try (var files = Files.list(configDir)) {
            for (var file : files.toList()) {
                Files.delete(file);
            }
        }
        var desk = galley.getBean(ChangeDesk.class);
        await().until(() ->
                desk.config().entries().values().stream()
                        .noneMatch(it -> it.origin().label().equals("directory")));
        desk.delete(
                desk.config().entries().values().stream()
                        .filter(it -> it.origin().label().equals("applied"))
                        .map(it -> it.resource().key())
                        .toList(),
                new Terms(
                        Cause.rest(Cause.Kind.DELETE, null, null), new Precondition.None(), false));
    }

    private static SpiffeId account(String name) {
        return new SpiffeId("cluster.local", "istio-system", name);
    }

    private ManagedChannel channel(String serviceAccount) {
        var door = galley.getBean(GrpcDoor.class);
        var channel =
                authority
                        .identity(account(serviceAccount))
                        .channel(
                                "127.0.0.1:" + door.port(),
                                account("istio-galley-service-account"));
        open.add(channel::shutdownNow);
        return channel;
    }

    private ConfigReporter reporter(String component, String revision, int inForce, int connected) {
        var reporter =
                ConfigReporter.start(
                        channel("istio-" + component + "-service-account"), Clock.systemUTC());
        open.add(reporter);
        reporter.report(report(component, revision, inForce, connected));
        return reporter;
    }

    private static ConfigReport report(
            String component, String revision, int inForce, int connected) {
        return ConfigReport.newBuilder()
                .setComponent(component)
                .setReplica(component + "-1")
                .setRevision(revision)
                .setProxiesInForce(inForce)
                .setProxiesConnected(connected)
                .build();
    }

    private String revision() {
        return galley.getBean(ChangeDesk.class).log().current().id();
    }

    @TestFactory
    Stream<DynamicTest> keepsTheAdminContract() {
        // A Pilot and a Mixer that have all, so that the wait operation has nothing to wait for.
        reporter("mixer", revision(), 0, 0);
        var pilot = reporter("pilot", revision(), 0, 0);
        await().until(() -> pilot.status().acknowledged() != null);
        return new AdminContract(rest.base(), rest.token()).tests();
    }

    @Test
    void appliesAWholeSetAndTellsWhatItDid() throws Exception {
        var answer = rest.apply(VIRTUAL_SERVICE + entry("a", "10.0.0.1"));

        assertThat(answer.path("revision").stringValue()).isEqualTo(revision());
        assertThat(answer.path("created").size()).isEqualTo(2);
        assertThat(answer.path("created").get(0).path("kind").stringValue())
                .isEqualTo("VirtualService");
        var warning = answer.path("warnings").get(0);
        assertThat(warning.path("severity").stringValue()).isEqualTo("WARNING");
        assertThat(warning.path("file").stringValue()).isEqualTo("request");
        assertThat(warning.path("line").intValue()).isPositive();
        assertThat(rest.apply(VIRTUAL_SERVICE).path("unchanged").size()).isEqualTo(1);
    }

    @Test
    void refusesTheWholeSetWithFileLineAndField() throws Exception {
        rest.apply(entry("a", "10.0.0.1"));
        var before = revision();
        var files =
                JSON.writeValueAsString(
                        Map.of(
                                "files",
                                List.of(
                                        Map.of(
                                                "name",
                                                "good.yaml",
                                                "content",
                                                entry("a", "10.0.0.9")),
                                        Map.of(
                                                "name",
                                                "routes.yaml",
                                                "content",
                                                VIRTUAL_SERVICE.replace(
                                                        "subset: v3", "subsets: v3")))));

        var response = rest.post("/admin/v1/config/apply", "application/json", files);

        assertThat(response.statusCode()).isEqualTo(422);
        assertThat(response.headers().firstValue("Content-Type"))
                .hasValue("application/problem+json");
        var problem = JSON.readTree(response.body());
        assertThat(problem.path("type").stringValue())
                .isEqualTo("urn:quartet:problem:config-invalid");
        var first = problem.path("problems").get(0);
        assertThat(first.path("reason").stringValue()).isEqualTo("UnknownField");
        assertThat(first.path("severity").stringValue()).isEqualTo("ERROR");
        assertThat(first.path("file").stringValue()).isEqualTo("routes.yaml");
        assertThat(first.path("line").intValue()).isEqualTo(13);
        assertThat(first.path("field").stringValue())
                .isEqualTo("spec.http[0].route[0].destination.subsets");
        assertThat(first.path("resource").path("name").stringValue()).isEqualTo("reviews");
        assertThat(first.path("text").stringValue()).contains("routes.yaml:13");
        assertThat(revision()).isEqualTo(before);
    }

    @Test
    void validatesWithoutChangingAnything() throws Exception {
        var before = revision();

        var good =
                JSON.readTree(
                        rest.post(
                                        "/admin/v1/validate?file=mine.yaml",
                                        "application/yaml",
                                        VIRTUAL_SERVICE)
                                .body());
        var bad =
                JSON.readTree(
                        rest.post(
                                        "/admin/v1/validate?file=mine.yaml",
                                        "application/yaml",
                                        "kind: Nothing\n")
                                .body());

        assertThat(good.path("valid").booleanValue()).isTrue();
        assertThat(bad.path("valid").booleanValue()).isFalse();
        assertThat(bad.path("problems").get(0).path("file").stringValue()).isEqualTo("mine.yaml");
        var dry =
                JSON.readTree(
                        rest.post(
                                        "/admin/v1/config/apply?dryRun=true",
                                        "application/yaml",
                                        VIRTUAL_SERVICE)
                                .body());
        assertThat(dry.path("dryRun").booleanValue()).isTrue();
        assertThat(revision()).isEqualTo(before);
    }

    @Test
    void listsGetsAndDeletes() throws Exception {
        rest.apply(VIRTUAL_SERVICE + entry("a", "10.0.0.1"));

        var list =
                JSON.readTree(
                        rest.get("/admin/v1/config?kind=workloadentries&namespace=shop").body());
        assertThat(list.path("items").size()).isEqualTo(1);
        assertThat(list.path("items").get(0).path("origin").stringValue()).isEqualTo("applied");
        var json = rest.get("/admin/v1/config/virtualservice/shop/reviews");
        assertThat(JSON.readTree(json.body()).path("spec").path("hosts").get(0).stringValue())
                .startsWith("reviews");
        assertThat(json.headers().firstValue("ETag")).isPresent();
        var yaml =
                rest.get(
                        "/admin/v1/config/VirtualService/shop/reviews",
                        "Accept",
                        "application/yaml");
        assertThat(yaml.body())
                .startsWith("apiVersion: networking.istio.io/v1alpha3\nkind: VirtualService\n");

        var deleted = rest.delete("/admin/v1/config/VirtualService/shop/reviews");
        assertThat(deleted.statusCode()).isEqualTo(200);
        assertThat(rest.get("/admin/v1/config/VirtualService/shop/reviews").statusCode())
                .isEqualTo(404);
        var many =
                rest.post(
                        "/admin/v1/config/delete",
                        "application/yaml",
                        VIRTUAL_SERVICE + entry("a", "10.0.0.1"));
        assertThat(JSON.readTree(many.body()).path("deleted").size()).isEqualTo(1);
        assertThat(JSON.readTree(many.body()).path("missing").size()).isEqualTo(1);
        assertThat(rest.get("/admin/v1/config?kind=Nothing").statusCode()).isEqualTo(404);
    }

    @Test
    void putsOneResource() throws Exception {
        var created = rest.put("/admin/v1/config/WorkloadEntry/shop/a", entry("a", "10.0.0.1"));
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        assertThat(JSON.readTree(created.body()).path("created").size()).isEqualTo(1);
        var tag = created.headers().firstValue("ETag").orElseThrow();
        assertThat(rest.get("/admin/v1/config/WorkloadEntry/shop/a").headers().firstValue("ETag"))
                .hasValue(tag);

        var json =
                rest.send(
                        rest.request("/admin/v1/config/workloadentries/shop/a?dryRun=true")
                                .header("Content-Type", "application/json")
                                .PUT(
                                        HttpRequest.BodyPublishers.ofString(
                                                """
                                                {"apiVersion": "networking.istio.io/v1alpha3", "kind": "WorkloadEntry",
                                                 "metadata": {"name": "a", "namespace": "shop"}, "spec": {"address": "10.0.0.2"}}
                                                """)));
        assertThat(json.statusCode()).as(json.body()).isEqualTo(200);
        assertThat(JSON.readTree(json.body()).path("changed").size()).isEqualTo(1);
        assertThat(rest.get("/admin/v1/config/WorkloadEntry/shop/a").headers().firstValue("ETag"))
                .as("after a dry run")
                .hasValue(tag);

        var changed = rest.put("/admin/v1/config/WorkloadEntry/shop/a", entry("a", "10.0.0.2"));
        assertThat(changed.statusCode()).isEqualTo(200);
        assertThat(changed.headers().firstValue("ETag").orElseThrow()).isNotEqualTo(tag);
        assertThat(JSON.readTree(changed.body()).path("from").stringValue())
                .isEqualTo(JSON.readTree(created.body()).path("revision").stringValue());
    }

    @Test
    void takesOnlyTheResourceOfThePath() throws Exception {
        var other = rest.put("/admin/v1/config/WorkloadEntry/shop/a", entry("b", "10.0.0.1"));
        assertThat(other.statusCode()).isEqualTo(400);
        assertThat(GalleyRest.detail(other))
                .isEqualTo(
                        "the body is WorkloadEntry shop/b and the path names WorkloadEntry shop/a; correct one of the two");

        var two =
                rest.put(
                        "/admin/v1/config/WorkloadEntry/shop/a",
                        entry("a", "10.0.0.1") + entry("b", "10.0.0.1"));
        assertThat(two.statusCode()).isEqualTo(400);
        assertThat(GalleyRest.detail(two))
                .contains("2 documents", "WorkloadEntry shop/a", "/admin/v1/config/apply");

        assertThat(rest.put("/admin/v1/config/WorkloadEntry/shop/a", " \n").statusCode())
                .isEqualTo(400);
        assertThat(rest.put("/admin/v1/config/Pod/shop/a", entry("a", "10.0.0.1")).statusCode())
                .isEqualTo(404);
        var faulty =
                rest.put(
                        "/admin/v1/config/WorkloadEntry/shop/a",
                        entry("a", "10.0.0.1").replace("add", "ad"));
        assertThat(faulty.statusCode()).isEqualTo(422);
        assertThat(
                        JSON.readTree(faulty.body())
                                .path("problems")
                                .get(0)
                                .path("reason")
                                .stringValue())
                .isEqualTo("UnknownField");
    }

    @Test
    void changesOneResourceOnlyInTheVersionThatWasSeen() throws Exception {
        var first =
                rest.put(
                        "/admin/v1/config/WorkloadEntry/shop/a",
                        entry("a", "10.0.0.1"),
                        "If-None-Match",
                        "*");
        var seen = first.headers().firstValue("ETag").orElseThrow();
        var second =
                rest.put(
                        "/admin/v1/config/WorkloadEntry/shop/a",
                        entry("a", "10.0.0.2"),
                        "If-Match",
                        seen);
        assertThat(second.statusCode()).as(second.body()).isEqualTo(200);
        var now = second.headers().firstValue("ETag").orElseThrow();

        var late =
                rest.put(
                        "/admin/v1/config/WorkloadEntry/shop/a",
                        entry("a", "10.0.0.3"),
                        "If-Match",
                        seen);
        var again =
                rest.put(
                        "/admin/v1/config/WorkloadEntry/shop/a",
                        entry("a", "10.0.0.3"),
                        "If-None-Match",
                        "*");
        var missing =
                rest.put(
                        "/admin/v1/config/WorkloadEntry/shop/b",
                        entry("b", "10.0.0.3"),
                        "If-Match",
                        "*");
        var deleted = rest.delete("/admin/v1/config/WorkloadEntry/shop/a", "If-Match", seen);

        assertThat(List.of(late, again, missing, deleted))
                .extracting(HttpResponse::statusCode)
                .containsOnly(412);
        assertThat(GalleyRest.detail(late))
                .isEqualTo(
                        "nothing was applied: WorkloadEntry shop/a is in force in version %s; get it, change that one, and send If-Match: %s"
                                .formatted(now.replace("\"", ""), now));
        assertThat(JSON.readTree(late.body()).path("current").stringValue())
                .isEqualTo(now.replace("\"", ""));
        assertThat(GalleyRest.detail(missing)).contains("there is no WorkloadEntry shop/b");
        assertThat(GalleyRest.detail(deleted)).startsWith("nothing was deleted: ");
        assertThat(
                        rest.delete(
                                        "/admin/v1/config/WorkloadEntry/shop/a",
                                        "If-Match",
                                        "\"x\", " + now)
                                .statusCode())
                .isEqualTo(200);
    }

    @Test
    void changesTheWholeOnlyInTheRevisionThatWasSeen() throws Exception {
        var list = rest.get("/admin/v1/config");
        var seen = list.headers().firstValue("ETag").orElseThrow();
        assertThat(seen)
                .isEqualTo('"' + JSON.readTree(list.body()).path("revision").stringValue() + '"');
        rest.apply(entry("a", "10.0.0.1"));

        for (var operation : List.of("apply", "delete")) {
            var request =
                    rest.request("/admin/v1/config/" + operation)
                            .header("Content-Type", "application/yaml")
                            .header("If-Match", seen)
                            .POST(HttpRequest.BodyPublishers.ofString(entry("a", "10.0.0.2")));
            var late = rest.send(request);

            assertThat(late.statusCode()).isEqualTo(412);
            assertThat(GalleyRest.detail(late))
                    .contains("the config in force is revision " + revision())
                    .contains("If-Match: \"" + revision() + '"');
            request.setHeader("If-Match", '"' + revision() + '"');
            assertThat(rest.send(request).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void refusesPreconditionsThatItCannotRead() throws Exception {
        for (var tag : List.of("abc", "\"a\" \"b\"", "\"a", "")) {
            var wrong =
                    rest.put(
                            "/admin/v1/config/WorkloadEntry/shop/a",
                            entry("a", "10.0.0.1"),
                            "If-Match",
                            tag);
            assertThat(wrong.statusCode()).as(tag).isEqualTo(400);
            assertThat(GalleyRest.detail(wrong)).contains("double quotes");
        }
        assertThat(
                        rest.put(
                                        "/admin/v1/config/WorkloadEntry/shop/a",
                                        entry("a", "10.0.0.1"),
                                        "If-None-Match",
                                        "\"a\"")
                                .statusCode())
                .isEqualTo(400);
        assertThat(
                        rest.put(
                                        "/admin/v1/config/WorkloadEntry/shop/a",
                                        entry("a", "10.0.0.1"),
                                        "If-Match",
                                        "*",
                                        "If-None-Match",
                                        "*")
                                .statusCode())
                .isEqualTo(400);
    }

    @Test
    void doesNotDeleteTheBuiltIns() throws Exception {
        var response = rest.delete("/admin/v1/config/MeshConfig/istio-system/default");

        assertThat(response.statusCode()).isEqualTo(409);
        assertThat(response.body()).contains("built-in defaults");
    }

    @Test
    void refusesWrongTypesLongAndEmptyBodies() throws Exception {
        assertThat(rest.post("/admin/v1/config/apply", "text/plain", VIRTUAL_SERVICE).statusCode())
                .isEqualTo(415);
        assertThat(
                        rest.post(
                                        "/admin/v1/config/apply",
                                        "application/yaml",
                                        "x".repeat(11_000_000))
                                .statusCode())
                .isEqualTo(413);
        assertThat(rest.post("/admin/v1/config/apply", "application/yaml", " \n").statusCode())
                .isEqualTo(400);
        assertThat(
                        rest.post("/admin/v1/config/apply", "application/yaml", "---\n# nothing\n")
                                .statusCode())
                .isEqualTo(400);
        assertThat(
                        rest.post("/admin/v1/config/apply", "application/json", "{\"files\":[]}")
                                .statusCode())
                .isEqualTo(400);
        assertThat(rest.post("/admin/v1/config/apply", "application/json", "{oops").statusCode())
                .isEqualTo(400);
        assertThat(rest.get("/admin/v1/config/wait?timeout=soon").statusCode()).isEqualTo(400);
        assertThat(rest.get("/admin/v1/config/status?revision=unheard-of").statusCode())
                .isEqualTo(404);
    }

    @Test
    void takesTheDirectoryToo() throws Exception {
        Files.writeString(configDir.resolve("a.yaml"), entry("a", "10.0.0.1"));
        await().until(() -> rest.get("/admin/v1/config/WorkloadEntry/shop/a").statusCode() == 200);

        Files.writeString(configDir.resolve("a.yaml"), "kind: [\n");

        await().until(() -> rest.get("/admin/v1/config/status").body().contains("MalformedYaml"));
        assertThat(rest.get("/admin/v1/config/WorkloadEntry/shop/a").statusCode()).isEqualTo(200);
    }

    @Test
    void waitsUntilTheRevisionIsInForceEverywhere() throws Exception {
        var revision = rest.apply(entry("a", "10.0.0.1")).path("revision").stringValue();
        var pilot = reporter("pilot", revision, 6, 7);
        var soon =
                JSON.readTree(
                        rest.get("/admin/v1/config/wait?timeout=300ms&revision=" + revision)
                                .body());
        assertThat(soon.path("reached").booleanValue()).isFalse();

        var waiting =
                rest.http()
                        .sendAsync(
                                rest.request(
                                                "/admin/v1/config/wait?timeout=30s&revision="
                                                        + revision)
                                        .build(),
                                HttpResponse.BodyHandlers.ofString());
        pilot.report(report("pilot", revision, 7, 7));

        var reached = JSON.readTree(waiting.get(20, java.util.concurrent.TimeUnit.SECONDS).body());
        assertThat(reached.path("reached").booleanValue()).isTrue();
        assertThat(reached.path("status").path("text").stringValue())
                .isEqualTo("in force on 7 of 7 proxies");
        assertThat(reached.path("status").path("components").get(1).path("reported").booleanValue())
                .isFalse();
    }

    @Test
    void letsOnlyTheControlPlaneInAndEachSpeaksForItself() {
        assertThat(refusalOf("istio-sidecar-injector-service-account"))
                .isEqualTo(Status.Code.PERMISSION_DENIED);

        var mixer = ConfigReporter.start(channel("istio-mixer-service-account"), Clock.systemUTC());
        open.add(mixer);
        mixer.report(report("pilot", "r1", 0, 0));

        await().untilAsserted(() ->
                assertThat(mixer.status().error()).contains("PERMISSION_DENIED").contains("pilot"));
    }

    private Status.Code refusalOf(String serviceAccount) {
        var code = new AtomicReference<Status.@Nullable Code>();
        ResourceSourceGrpc.newStub(channel(serviceAccount))
                .establishResourceStream(
                        new StreamObserver<Resources>() {
                            @Override
                            public void onNext(Resources message) {
                                code.set(Status.Code.OK);
                            }

                            @Override
                            public void onError(Throwable cause) {
                                code.set(Status.fromThrowable(cause).getCode());
                            }

                            @Override
                            public void onCompleted() {}
                        })
                .onNext(RequestResources.newBuilder().setCollection("any").build());
        await().until(() -> code.get() != null);
        return java.util.Objects.requireNonNull(code.get());
    }

    /// Two revisions never mix: applies and edited files at full speed, and three sinks that see whole revisions only.
    @Test
    void givesSinksOnlyWholeRevisions() throws Exception {
        var desk = galley.getBean(ChangeDesk.class);
        Map<String, Map<String, String>> published = new ConcurrentHashMap<>();
        published.put(revision(), content(desk));
        desk.log().subscribe(revision -> published.put(revision.id(), versions(revision)));
        var seen = new CopyOnWriteArrayList<ConfigSnapshot>();
        for (var account : List.of("pilot", "mixer", "citadel")) {
            open.add(
                    ConfigStream.start(
                            new ConfigStreamSettings(
                                    temp.resolve("sink-" + account),
                                    account,
                                    EnumSet.allOf(Kind.class)),
                            channel("istio-" + account + "-service-account"),
                            Clock.systemUTC(),
                            seen::add));
        }
        var random = new Random(11);
        for (var round = 0; round < 120; round++) {
            if (random.nextInt(4) == 0) {
                Files.writeString(
                        configDir.resolve("d" + random.nextInt(3) + ".yaml"),
                        entry("d" + random.nextInt(9), "10.0.1." + random.nextInt(9)));
            }
            rest.apply(
                    entry("a" + random.nextInt(5), "10.0.0." + random.nextInt(250))
                            + "---\n"
                            + VIRTUAL_SERVICE.replace("v3", "v" + random.nextInt(99)));
        }

        await().atMost(Duration.ofSeconds(20))
                .until(() ->
                        seen.stream().filter(it -> it.revision().equals(revision())).count() >= 3);
        assertThat(seen)
                .allSatisfy(snapshot -> {
                    var versions = new TreeMap<String, String>();
                    snapshot.resources()
                            .forEach((key, resource) ->
                                    versions.put(key.toString(), resource.version()));
                    assertThat(versions).isEqualTo(published.get(snapshot.revision()));
                });
        assertThat(seen.stream().map(ConfigSnapshot::revision).distinct().count())
                .isGreaterThan(10);
        await().untilAsserted(() -> {
            var sinks = JSON.readTree(rest.get("/admin/v1/status").body()).findPath("sinks");
            assertThat(sinks.size()).isEqualTo(3);
        });
    }

    private static Map<String, String> content(ChangeDesk desk) {
        return versions(desk.log().current());
    }

    private static Map<String, String> versions(dev.quartet.galley.snapshot.Revision revision) {
        var versions = new TreeMap<String, String>();
        revision.collections()
                .forEach((kind, collection) ->
                        collection
                                .resources()
                                .map(resource -> resource.getMetadata())
                                .forEach(it ->
                                        versions.put(
                                                kind.label() + " " + it.getName(),
                                                it.getVersion())));
        return versions;
    }

    @Test
    void printsTheMetricsThatTheDocumentLists() throws Exception {
        rest.apply(entry("a", "10.0.0.1"));
        rest.post("/admin/v1/config/apply", "application/yaml", "kind: Nothing\n");
        reporter("pilot", revision(), 3, 4);
        var sink =
                ConfigStream.start(
                        new ConfigStreamSettings(
                                temp.resolve("sink-metrics"),
                                "pilot-1",
                                EnumSet.of(Kind.WORKLOAD_ENTRY)),
                        channel("istio-pilot-service-account"),
                        Clock.systemUTC(),
                        snapshot -> {});
        open.add(sink);
        await().until(() -> sink.status().connected());
        var metrics =
                URI.create(
                        "http://127.0.0.1:"
                                + galley.getBean(MetricsServer.class).port()
                                + "/metrics");

        new MetricsContract(Path.of("../docs/metrics.md"), "Galley", metrics).verify();
        await().untilAsserted(() ->
                assertThat(
                                rest.http()
                                        .send(
                                                HttpRequest.newBuilder(metrics).build(),
                                                HttpResponse.BodyHandlers.ofString())
                                        .body())
                        .contains(
                                "\ngalley_validation_failed{group=\"unknown\",reason=\"UnknownKind\",",
                                "\ngalley_runtime_state_type_instances_total{collection=\"istio/networking/v1alpha3/workloadentries\"} 1.0",
                                "\ngalley_config_problems{severity=\"ERROR\"} 0.0",
                                "\ngalley_proxies_connected 4.0",
                                "\ngalley_proxies_in_force 3.0")
                        .containsPattern("\nistio_mcp_clients_total\\{component=\"galley\"} [1-9]")
                        .containsPattern(
                                "\nistio_mcp_request_acks_total\\{collection=\"istio/networking/v1alpha3/workloadentries\",component=\"galley\"} [1-9]"));
    }
}
