package dev.quartet.galley;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.galley.change.ChangeDesk;
import dev.quartet.testkit.SourceTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Analysis outside of a cluster, of a Galley without Citadel: what is in force, and what would be.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AnalysisByRestTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String YAML = "application/yaml";
    private static final String SERVICE =
            """
            apiVersion: v1
            kind: Service
            metadata: {name: reviews, namespace: shop}
            spec:
              selector: {app: reviews}
              ports:
              - {name: web, port: 9080}
            """;
    private static final String ROUTE =
            """
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: reviews, namespace: shop}
            spec:
              hosts: [reviews]
              http:
              - route: [{destination: {host: reviews}}]
            """;

    @TempDir static Path temp;

    private final HttpClient http = HttpClient.newHttpClient();
    private ConfigurableApplicationContext galley;
    private URI base;
    private String token = "";

    @BeforeAll
    void start() throws IOException {
        galley =
                SpringApplication.run(
                        GalleyApplication.class,
                        "--server.port=0",
                        "--quartet.metrics.port=0",
                        "--quartet.galley.grpc-port=0",
                        "--quartet.state-dir=" + temp.resolve("state"));
        base =
                URI.create(
                        "http://127.0.0.1:"
                                + galley.getEnvironment().getProperty("local.server.port"));
        token = Files.readString(temp.resolve("state/admin-token")).strip();
    }

    @AfterAll
    void stop() {
        if (galley != null) {
            galley.close();
        }
    }

    private HttpResponse<String> send(HttpRequest.Builder request)
            throws IOException, InterruptedException {
        return http.send(
                request.header("Authorization", "Bearer " + token).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String path, String type, String body)
            throws IOException, InterruptedException {
        return send(
                HttpRequest.newBuilder(base.resolve(path))
                        .header("Content-Type", type)
                        .POST(BodyPublishers.ofString(body)));
    }

    private JsonNode analyze(String yaml) throws IOException, InterruptedException {
        return answer(post("/admin/v1/analyze?file=mine.yaml", YAML, yaml));
    }

    private static JsonNode answer(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JSON.readTree(response.body());
    }

    private static Stream<String> texts(JsonNode report) {
        return StreamSupport.stream(report.path("problems").spliterator(), false)
                .map(problem -> problem.path("text").stringValue());
    }

    private static Stream<String> texts(JsonNode report, String field) {
        return StreamSupport.stream(report.path(field).spliterator(), false)
                .map(JsonNode::stringValue);
    }

    @Test
    void withoutABodyItIsAboutWhatIsInForce() throws Exception {
        var report =
                answer(
                        send(
                                HttpRequest.newBuilder(base.resolve("/admin/v1/analyze"))
                                        .POST(BodyPublishers.noBody())));

        assertThat(texts(report)).as("of what is built in").isEmpty();
        assertThat(report.path("summary"))
                .isEqualTo(JSON.readTree("{\"errors\":0,\"warnings\":0,\"notes\":0}"));
        assertThat(texts(report, "notKnown")).containsExactly("namespaces", "secrets");
    }

    @Test
    void documentsAreAnalysedTogetherWithWhatIsInForceAndChangeNothing() throws Exception {
        var desk = galley.getBean(ChangeDesk.class);
        var before = desk.log().current().id();

        var report = analyze(SERVICE + "---\n" + ROUTE + "---\n" + ROUTE);

        assertThat(texts(report))
                .anyMatch(text ->
                        text.startsWith(
                                "UnclearProtocol mine.yaml:7 Service shop/reviews spec.ports[0].name: "))
                .anyMatch(text -> text.startsWith("DuplicateResource mine.yaml:17 "))
                .noneMatch(text -> text.startsWith("HostNotFound"));
        var note = report.path("problems").get(1);
        assertThat(note.path("reason").stringValue()).isEqualTo("UnclearProtocol");
        assertThat(note.path("alias").stringValue()).isEqualTo("IST0118");
        assertThat(note.path("severity").stringValue()).isEqualTo("INFO");
        assertThat(note.path("resource").path("kind").stringValue()).isEqualTo("Service");
        assertThat(note.path("line").intValue()).isEqualTo(7);
        assertThat(report.path("summary").path("errors").intValue()).isEqualTo(1);
        assertThat(report.path("summary").path("notes").intValue()).isEqualTo(1);
        assertThat(desk.log().current().id()).isEqualTo(before);
        assertThat(desk.config().entries().keySet())
                .noneMatch(key -> key.namespace().equals("shop"));
    }

    @Test
    void aDelegateIsLookedAtTogetherWithThoseThatHandOverToIt() throws Exception {
        var handing =
                ROUTE.replace(
                        "- route: [{destination: {host: reviews}}]",
                        """
                        - match: [{uri: {prefix: /a}}]
                            delegate: {name: rest, namespace: team}
                          - delegate: {name: nobody}
                        """);
        var delegate =
                """
                apiVersion: networking.istio.io/v1
                kind: VirtualService
                metadata: {name: rest, namespace: team}
                spec:
                  http:
                  - match: [{uri: {prefix: /b}}]
                    directResponse: {status: 200}
                """;

        assertThat(texts(analyze(handing + "---\n" + delegate)))
                .containsExactly(
                        "DelegateNotFound mine.yaml:9 VirtualService shop/reviews spec.http[1].delegate: there is no VirtualService \"shop/nobody\" without hosts; add it, or use one of team/rest",
                        "MatchNotHandedOver mine.yaml:17 VirtualService team/rest spec.http[0].match[0]: uri prefix \"/b\" is not within prefix \"/a\" of VirtualService shop/reviews (mine.yaml:1) spec.http[0]; narrow it, or widen the route that hands over");
        assertThat(texts(analyze(delegate)))
                .singleElement()
                .asString()
                .startsWith("UnusedDelegate mine.yaml:4 VirtualService team/rest spec: ");
    }

    @Test
    void severalFilesMayBeSentAsJson() throws Exception {
        var files =
                Map.of(
                        "files",
                        List.of(
                                Map.of("name", "a.yaml", "content", ROUTE),
                                Map.of("name", "b.yaml", "content", "kind: Nothing\n")));

        var report =
                answer(
                        post(
                                "/admin/v1/analyze",
                                "application/json",
                                JSON.writeValueAsString(files)));

        assertThat(texts(report))
                .anyMatch(text -> text.startsWith("UnknownKind b.yaml:1 "))
                .anyMatch(text -> text.startsWith("HostNotFound a.yaml:7 "));
    }

    @Test
    void typeErrorsOfExpressionsAndMissingHandlersAreTold() throws Exception {
        var report =
                analyze(
                        """
                        apiVersion: config.istio.io/v1alpha2
                        kind: rule
                        metadata: {name: deny, namespace: shop}
                        spec:
                          match: request.size == "large"
                          actions:
                          - handler: nobody
                            instances: [nothing]
                        """);

        assertThat(texts(report))
                .anyMatch(text -> text.startsWith("InvalidExpression mine.yaml:5 rule shop/deny "))
                .anyMatch(text -> text.startsWith("UnknownHandler mine.yaml:7 rule shop/deny "));
    }

    @Test
    void onlyAnalysisReadsObjectsOfKubernetes() throws Exception {
        var validation = answer(post("/admin/v1/validate", YAML, SERVICE));
        var apply = post("/admin/v1/config/apply", YAML, SERVICE);

        assertThat(validation.path("valid").booleanValue()).isFalse();
        assertThat(validation.path("problems").get(0).path("reason").stringValue())
                .isEqualTo("UnknownKind");
        assertThat(validation.path("problems").get(0).path("alias").stringValue())
                .isEqualTo("IST0106");
        assertThat(apply.statusCode()).isEqualTo(422);
    }

    @Test
    void whatCannotBeABodyIsRefused() throws Exception {
        assertThat(post("/admin/v1/analyze", YAML, "  ").statusCode()).isEqualTo(400);
        assertThat(post("/admin/v1/analyze", "text/plain", "a").statusCode()).isEqualTo(415);
    }

    /// Pilot knows fields, and Galley where they stand.
    @Test
    void fieldsOfWhatIsInForceHaveTheirLines() throws Exception {
        answer(post("/admin/v1/config/apply?file=mine.yaml", YAML, "# mine\n" + ROUTE));

        var found =
                answer(
                        post(
                                "/admin/v1/config/locations",
                                "application/json",
                                """
                                {"fields": [
                                  {"kind": "VirtualService", "namespace": "shop", "name": "reviews", "path": "spec.http[0].route[0].weight"},
                                  {"kind": "VirtualService", "namespace": "shop", "name": "reviews"},
                                  {"kind": "VirtualService", "namespace": "shop", "name": "nobody", "path": "spec"},
                                  {"kind": "Service", "namespace": "shop", "name": "reviews", "path": "spec"},
                                  {"kind": "MeshConfig", "namespace": "istio-system", "name": "default", "path": "spec"}]}
                                """));
        var nothing = post("/admin/v1/config/locations", "application/json", "{}");
        var revision = galley.getBean(ChangeDesk.class).log().current().id();
        answer(post("/admin/v1/config/delete", YAML, ROUTE));

        assertThat(texts(found.path("locations"), 5, "text"))
                .containsExactly(
                        "mine.yaml:8",
                        "mine.yaml:2",
                        "",
                        "",
                        found.at("/locations/4/text").stringValue());
        assertThat(found.at("/locations/0/line").intValue()).isEqualTo(8);
        assertThat(found.at("/locations/0/file").stringValue()).isEqualTo("mine.yaml");
        assertThat(found.at("/locations/0/origin").stringValue()).isEqualTo("applied");
        assertThat(found.at("/locations/2/origin").isNull()).isTrue();
        assertThat(found.at("/locations/4/origin").stringValue()).isEqualTo("built-in");
        assertThat(found.path("revision").stringValue()).isEqualTo(revision);
        assertThat(nothing.statusCode()).isEqualTo(400);
        assertThat(nothing.body()).contains("is missing");
    }

    private static Stream<String> texts(JsonNode list, int size, String field) {
        assertThat(list.size()).isEqualTo(size);
        return StreamSupport.stream(list.spliterator(), false)
                .map(it -> it.path(field).stringValue());
    }

    /// What a newcomer tries first gives nobody a fright.
    @Test
    void samplesAreWithoutFault() throws Exception {
        assertThat(texts(analyze(sample("bookshop.yaml")))).isEmpty();
        assertThat(
                        texts(
                                analyze(
                                        inShop("bookshop/kubernetes.yaml")
                                                + "---\n"
                                                + inShop("bookshop/kubernetes-gateway.yaml")
                                                + "---\n"
                                                + file("k8s/gateway/manifests/deployment.yaml")
                                                + "---\n"
                                                + file("k8s/gateway/manifests/service.yaml"))))
                .isEmpty();
    }

    private static String sample(String name) {
        return file("samples/bookshop/" + name);
    }

    /// As `kubectl apply -n shop` has it.
    private static String inShop(String sample) {
        return file("samples/" + sample)
                .replaceAll("(?m)^metadata:\n  name:", "metadata:\n  namespace: shop\n  name:");
    }

    private static String file(String path) {
        try {
            return Files.readString(SourceTree.root().resolve(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
