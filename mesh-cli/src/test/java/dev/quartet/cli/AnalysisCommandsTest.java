package dev.quartet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.quartet.cli.print.Json;
import dev.quartet.cli.print.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// `mesh validate` and `mesh analyze` as a user types them: what is sent to Galley, what becomes of its answers, and files that
/// are judged without it. That Galley answers so is AnalysisByRestTest's.
class AnalysisCommandsTest {
    private static final String REPORT =
            """
            {"problems": [
              {"reason": "UnknownHandler", "alias": "IST0101", "severity": "ERROR",
               "resource": {"kind": "rule", "namespace": "shop", "name": "deny"}, "text": "UnknownHandler a.yaml:7 …"},
              {"reason": "HostNotFound", "alias": "IST0101", "severity": "WARNING",
               "resource": {"kind": "VirtualService", "namespace": "books", "name": "reviews"}, "text": "HostNotFound b.yaml:3 …\\u001b[2J"},
              {"reason": "NamespaceNotInjected", "alias": "IST0102", "severity": "INFO",
               "resource": {"kind": "Namespace", "namespace": "", "name": "shop"}, "text": "NamespaceNotInjected …"},
              {"reason": "UnclearProtocol", "alias": "IST0118", "severity": "INFO",
               "resource": {"kind": "Service", "namespace": "shop", "name": "reviews"}, "text": "UnclearProtocol …"},
              {"reason": "MalformedYaml", "alias": null, "severity": "WARNING", "resource": null, "text": "MalformedYaml c.yaml:1 …"}],
             "summary": {"errors": 1, "warnings": 2, "notes": 2}, "notKnown": ["namespaces", "secrets"]}
            """;

    private final Map<String, String> answers = new ConcurrentHashMap<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir Path folder;
    private HttpServer server;

    @BeforeEach
    void startGalley() throws IOException {
        Files.writeString(folder.resolve("token"), "0123456789012345678901234567890123456789");
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void stopGalley() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        var request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
        var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        asked.add((request + " " + body).strip());
        var answer = answers.getOrDefault(request, "{}").getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, answer.length);
        exchange.getResponseBody().write(answer);
        exchange.close();
    }

    private int mesh(String... arguments) {
        var all = new ArrayList<>(List.of(arguments));
        all.add("--galley=http://127.0.0.1:" + server.getAddress().getPort());
        all.add("--token-file=" + folder.resolve("token"));
        return Mesh.run(
                new Terminal(
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        Map.of()),
                Map.of("PATH", "/nonexistent"),
                all.toArray(String[]::new));
    }

    private String printed() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private JsonNode json() {
        return Json.MAPPER.readTree(printed());
    }

    private String file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text).toString();
    }

    @Test
    void withoutFilesWhatIsInForceIsAnalysed() {
        answers.put("POST /admin/v1/analyze", REPORT);

        assertThat(mesh("analyze")).isEqualTo(1);

        assertThat(asked).containsExactly("POST /admin/v1/analyze");
        assertThat(printed())
                .isEqualTo(
                        """
                        error: UnknownHandler a.yaml:7 … (IST0101)
                        warning: HostNotFound b.yaml:3 …\\x1b[2J (IST0101)
                        note: NamespaceNotInjected … (IST0102)
                        note: UnclearProtocol … (IST0118)
                        warning: MalformedYaml c.yaml:1 …
                        1 error, 2 warnings, 2 notes
                        nothing is known here of namespaces, secrets, so what needs that was not looked at
                        """);
    }

    @Test
    void filesAreSentWithTheirNames() throws Exception {
        answers.put("POST /admin/v1/analyze", "{\"problems\": [], \"notKnown\": []}");
        var file = file("a.yaml", "kind: Service");

        assertThat(mesh("analyze", "-f", file)).isZero();

        assertThat(asked).hasSize(1);
        assertThat(asked.getFirst()).contains("kind: Service", file);
        assertThat(printed()).isEqualTo("no problem found\n");
    }

    @ParameterizedTest
    @CsvSource({"note, 1", "warning, 1", "error, 0"})
    void exitCodeSaysWhetherTheThresholdIsReached(String threshold, int exitCode) {
        answers.put("POST /admin/v1/analyze", REPORT);

        assertThat(
                        mesh(
                                "analyze",
                                "--failure-threshold=" + threshold,
                                "--suppress=UnknownHandler=rule shop/*"))
                .isEqualTo(exitCode);
    }

    @Test
    void whatIsMeantIsLeftOut() {
        answers.put("POST /admin/v1/analyze", REPORT);

        assertThat(
                        mesh(
                                "analyze",
                                "-o",
                                "json",
                                "--suppress=ist0101=rule shop/deny",
                                "--suppress",
                                "IST0102=Namespace *",
                                "--suppress=UnclearProtocol=Service books/*"))
                .isZero();

        assertThat(json().path("problems").findValuesAsString("reason"))
                .containsExactly("HostNotFound", "UnclearProtocol", "MalformedYaml");
        assertThat(json().path("summary"))
                .isEqualTo(Json.MAPPER.readTree("{\"errors\": 0, \"warnings\": 2, \"notes\": 1}"));
        assertThat(json().path("notKnown").size()).isEqualTo(2);
    }

    @Test
    void oneNamespaceMayBeAskedFor() {
        answers.put("POST /admin/v1/analyze", REPORT);

        assertThat(mesh("analyze", "-o", "json", "-n", "books")).isZero();

        assertThat(json().path("problems").findValuesAsString("reason"))
                .containsExactly("HostNotFound", "MalformedYaml");
    }

    /// What answers is something else than Galley: that is no good news.
    @ParameterizedTest
    @ValueSource(strings = {"{}", "hello", "{\"problems\": 3}"})
    void answerWithoutProblemsIsAFailure(String answer) {
        answers.put("POST /admin/v1/analyze", answer);

        assertThat(mesh("analyze")).isEqualTo(1);

        assertThat(err.toString(StandardCharsets.UTF_8)).contains("not Galley's", "--galley");
    }

    @ParameterizedTest
    @ValueSource(strings = {"IST0101", "IST0101=Service", "=Service a", "a b=Service c"})
    void suppressionThatSaysNothingIsRefused(String suppression) {
        assertThat(mesh("analyze", "--suppress", suppression)).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("--suppress " + suppression, "for example");
    }

    @Test
    void argumentsThatContradictAreRefused() {
        assertThat(mesh("analyze", "-A", "-n", "shop")).isEqualTo(2);
        assertThat(mesh("analyze", "--offline")).isEqualTo(2);
        assertThat(mesh("analyze", "--failure-threshold=grave")).isEqualTo(2);
        assertThat(mesh("analyze", "-o", "yaml")).isEqualTo(2);
        assertThat(mesh("validate")).isEqualTo(2);
        assertThat(asked).isEmpty();
    }

    @Test
    void offlineTheFilesAreAnalysedTogether() throws Exception {
        var routes =
                file(
                        "routes.yaml",
                        """
                        apiVersion: networking.istio.io/v1
                        kind: VirtualService
                        metadata: {name: reviews, namespace: shop}
                        spec:
                          hosts: [reviews]
                          http:
                          - route: [{destination: {host: reviews, subset: v3}}]
                        ---
                        apiVersion: config.istio.io/v1alpha2
                        kind: rule
                        metadata: {name: deny, namespace: shop}
                        spec:
                          match: request.size == "large"
                          actions: [{handler: nobody}]
                        """);
        var manifests =
                file(
                        "manifests.yaml",
                        """
                        apiVersion: v1
                        kind: Service
                        metadata: {name: reviews, namespace: shop}
                        spec:
                          ports: [{name: web, port: 9080}]
                        """);

        assertThat(mesh("analyze", "--offline", "-f", routes, manifests)).isEqualTo(1);

        assertThat(asked).isEmpty();
        assertThat(printed())
                .contains(
                        "error: InvalidExpression " + routes + ":13 rule shop/deny",
                        "error: UnknownHandler " + routes + ":14 rule shop/deny",
                        "warning: SubsetNotFound " + routes + ":7 VirtualService shop/reviews",
                        "note: UnclearProtocol " + manifests + ":5 Service shop/reviews",
                        "nothing is known here of workloads, namespaces, secrets")
                .doesNotContain("HostNotFound");
    }

    @Test
    void policiesThatEveryMeshHasAreKnownOffline() throws Exception {
        var rule =
                file(
                        "rule.yaml",
                        """
                        apiVersion: config.istio.io/v1alpha2
                        kind: rule
                        metadata: {name: more, namespace: istio-system}
                        spec:
                          actions: [{handler: prometheus, instances: [requestcount]}]
                        """);

        assertThat(mesh("validate", "--offline", "-f", rule)).isZero();

        assertThat(printed()).isEqualTo("valid: no problem found\n");
    }

    @Test
    void validationSaysWhatAnApplyWould() throws Exception {
        answers.put(
                "POST /admin/v1/validate",
                """
                {"valid": false, "problems": [
                  {"reason": "UnknownField", "alias": "IST0106", "severity": "ERROR", "resource": null, "text": "UnknownField a.yaml:1 …"}]}
                """);

        assertThat(mesh("validate", "-f", file("a.yaml", "a: b"))).isEqualTo(1);

        assertThat(printed())
                .isEqualTo("error: UnknownField a.yaml:1 … (IST0106)\nnot valid: 1 error\n");
    }

    @Test
    void validationOfGoodFilesEndsWell() throws Exception {
        answers.put("POST /admin/v1/validate", "{\"valid\": true, \"problems\": []}");

        assertThat(mesh("validate", "-o", "json", "-f", file("a.yaml", "a: b"))).isZero();

        assertThat(json().path("valid").asBoolean()).isTrue();
    }

    @Test
    void offlineValidationRefusesWhatIsNoConfig() throws Exception {
        var service = file("a.yaml", "{apiVersion: v1, kind: Service, metadata: {name: a}}");

        assertThat(mesh("validate", "--offline", "-o", "json", "-f", service)).isEqualTo(1);

        assertThat(json().path("valid").asBoolean()).isFalse();
        assertThat(json().path("problems").get(0).path("reason").asString())
                .isEqualTo("UnknownKind");
        assertThat(json().path("problems").get(0).path("file").asString()).isEqualTo(service);
    }
}
