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

/// `mesh explain` as a user types it: what is asked of Pilot and Galley, and what becomes of their answers. That they answer so is
/// ExplainerTest's and AnalysisByRestTest's.
class ExplainCommandTest {
    private static final String EXPLANATION =
            """
            {"revision": "3fa9c1d2aa", "request": "GET http://reviews:9080/1", "from": "storefront-v1-1.shop",
             "verdict": "90% reviews v1 (1 endpoint, mTLS), 10% 503: no endpoint of reviews v2 has the labels of its subset: version=v2",
             "outcomes": [
               {"percent": 90.0, "end": "FORWARDED", "text": "reviews v1 (1 endpoint, mTLS)", "because": [
                 {"kind": "VirtualService", "namespace": "shop", "name": "reviews", "path": "spec.http[1].route[0]"}]},
               {"percent": 10.0, "end": "ANSWERED", "status": 503, "text": "503: no endpoint of reviews v2 has the labels of its subset: version=v2", "because": [
                 {"kind": "DestinationRule", "namespace": "shop", "name": "reviews", "path": "spec.subsets[1]"}]}],
             "mirrors": [], "notes": ["a note\\u001b[2J"],
             "hops": [{"side": "CALLER", "proxy": "storefront-v1-1.shop", "workload": "storefront-v1", "kind": "sidecar", "connected": false, "steps": [
               {"stage": "LISTENER", "name": "127.1.0.1_15002", "text": "its HTTP proxy", "because": [], "details": [], "passed": []},
               {"stage": "ROUTE", "name": "none", "text": "all paths: forwards", "because": [
                  {"kind": "VirtualService", "namespace": "shop", "name": "reviews", "path": "spec.http[1]"}],
                "details": [{"text": "times out after 2 s with 504", "because": [
                  {"kind": "VirtualService", "namespace": "shop", "name": "reviews", "path": "spec.http[1].timeout"}]}],
                "passed": [{"what": "spec.http[0].match[0]", "why": "needs header end-user=jason, the request has none", "source": [
                  {"kind": "VirtualService", "namespace": "shop", "name": "reviews", "path": "spec.http[0].match[0]"}]}]}]}]}
            """;
    private static final String LOCATIONS =
            """
            {"revision": "3fa9c1d2aa", "locations": [
              {"kind": "VirtualService", "namespace": "shop", "name": "reviews", "path": "spec.http[1]", "origin": "directory", "file": "a.yaml", "line": 14, "text": "a.yaml:14"},
              {"kind": "VirtualService", "namespace": "shop", "name": "reviews", "path": "spec.http[1].route[0]", "origin": "directory", "file": "a.yaml", "line": 16, "text": "a.yaml:16"},
              {"kind": "VirtualService", "namespace": "shop", "name": "reviews", "path": "spec.http[0].match[0]", "origin": "directory", "file": "a.yaml", "line": 9, "text": "a.yaml:9"},
              {"kind": "VirtualService", "namespace": "shop", "name": "reviews", "path": "spec.http[1].timeout", "origin": "directory", "file": "a.yaml", "line": 15, "text": "a.yaml:15"},
              {"kind": "DestinationRule", "namespace": "shop", "name": "reviews", "path": "spec.subsets[1]", "origin": null, "file": null, "line": null, "text": ""}]}
            """;

    private final Map<String, String> answers = new ConcurrentHashMap<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir Path folder;
    private HttpServer server;

    @BeforeEach
    void startServices() throws IOException {
        Files.writeString(folder.resolve("token"), "0123456789012345678901234567890123456789");
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        answers.put("/admin/v1/explain", EXPLANATION);
        answers.put("/admin/v1/config/locations", LOCATIONS);
    }

    @AfterEach
    void stopServices() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        var path = exchange.getRequestURI().toString();
        var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        asked.add(exchange.getRequestMethod() + " " + path + " " + body);
        var answer = answers.getOrDefault(path, "404 {}");
        var failed = answer.matches("(?s)\\d{3} .*");
        var bytes = (failed ? answer.substring(4) : answer).getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(
                failed ? Integer.parseInt(answer.substring(0, 3)) : 200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private int mesh(Map<String, String> terminal, String... arguments) {
        var url = "http://127.0.0.1:" + server.getAddress().getPort();
        var all = new ArrayList<>(List.of("explain"));
        all.addAll(List.of(arguments));
        all.addAll(
                List.of(
                        "--pilot=" + url,
                        "--galley=" + url,
                        "--token-file=" + folder.resolve("token")));
        return Mesh.run(
                new Terminal(
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        terminal),
                Map.of("PATH", "/nonexistent"),
                all.toArray(String[]::new));
    }

    private String printed() {
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void readsFromTopToBottomWithTheVerdictLast() {
        assertThat(mesh(Map.of(), "--from", "storefront", "http://reviews:9080/1")).isZero();

        assertThat(printed())
                .isEqualTo(
                        """
                        GET http://reviews:9080/1
                        from storefront-v1-1.shop, config revision 3fa9c1d2

                        caller storefront-v1-1.shop, sidecar (assumed: not connected here)
                          listener    127.1.0.1_15002: its HTTP proxy
                          route       all paths: forwards
                                      ← VirtualService shop/reviews spec.http[1] (a.yaml:14)
                                      - times out after 2 s with 504 ← VirtualService shop/reviews spec.http[1].timeout (a.yaml:15)
                                      not spec.http[0].match[0] (a.yaml:9): needs header end-user=jason, the request has none

                        note: a note\\x1b[2J
                         90% reviews v1 (1 endpoint, mTLS); VirtualService shop/reviews spec.http[1].route[0] (a.yaml:16)
                         10% 503: no endpoint of reviews v2 has the labels of its subset: version=v2; DestinationRule shop/reviews spec.subsets[1]
                        → 90% reviews v1 (1 endpoint, mTLS), 10% 503: no endpoint of reviews v2 has the labels of its subset: version=v2
                        """);
    }

    /// On a terminal of 80 columns what is long goes on under itself.
    @Test
    void fitsATerminal() {
        mesh(
                Map.of("MESH_TERMINAL", "out", "MESH_COLUMNS", "80", "NO_COLOR", "1"),
                "http://reviews:9080/1");

        assertThat(printed().lines()).allMatch(line -> line.length() <= 80);
        assertThat(printed())
                .contains(
                        "              - times out after 2 s with 504 ← VirtualService shop/reviews\n                spec.http[1].timeout (a.yaml:15)\n");
    }

    @Test
    void sendsTheRequestAndAsksGalleyOnceForAllLines() {
        mesh(
                Map.of(),
                "--from=reviews-v1",
                "-X",
                "post",
                "-H",
                "end-user: jason",
                "-H",
                "x-a:b",
                "--to=10.0.0.7:9080",
                "--sni=a.example.com",
                "http://ratings/");

        assertThat(asked).hasSize(2);
        assertThat(asked.get(0)).startsWith("POST /admin/v1/explain ");
        assertThat(Json.MAPPER.readTree(asked.get(0).substring(asked.get(0).indexOf('{'))))
                .isEqualTo(
                        Json.MAPPER.readTree(
                                """
                                {"from": "reviews-v1", "url": "http://ratings/", "method": "post",
                                 "headers": {"end-user": "jason", "x-a": "b"}, "to": "10.0.0.7:9080", "sni": "a.example.com"}
                                """));
        assertThat(asked.get(1)).startsWith("POST /admin/v1/config/locations ");
        assertThat(
                        Json.MAPPER
                                .readTree(asked.get(1).substring(asked.get(1).indexOf('{')))
                                .path("fields")
                                .size())
                .isEqualTo(5);
    }

    @Test
    void programsGetFilesAndLinesBesideEachField() {
        assertThat(mesh(Map.of(), "-o", "json", "http://reviews:9080/1")).isZero();

        var json = Json.MAPPER.readTree(printed());
        assertThat(json.at("/outcomes/0/because/0/file").asString()).isEqualTo("a.yaml");
        assertThat(json.at("/outcomes/0/because/0/line").asInt()).isEqualTo(16);
        assertThat(json.at("/outcomes/1/because/0/line").isNull()).isTrue();
        assertThat(json.at("/hops/0/steps/1/passed/0/source/0/line").asInt()).isEqualTo(9);
    }

    @Test
    void withoutGalleyTheRestIsSaid() {
        answers.put("/admin/v1/config/locations", "503 {\"detail\": \"not now\"}");

        assertThat(mesh(Map.of(), "http://reviews:9080/1")).isZero();

        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("warning: files and lines are not known: Galley refused: not now");
        assertThat(printed()).contains("← VirtualService shop/reviews spec.http[1]\n");
    }

    @Test
    void linesOfAnotherRevisionAreToldSo() {
        answers.put("/admin/v1/config/locations", LOCATIONS.replace("3fa9c1d2aa", "0badc0ffee"));

        mesh(Map.of(), "http://reviews:9080/1");

        assertThat(printed()).contains("note: Galley has revision 0badc0ff already");
    }

    @Test
    void nobodyWithThatNameIsToldWithWhoIsMeant() {
        answers.put(
                "/admin/v1/explain",
                "404 {\"detail\": \"there is no proxy and no workload \\\"storefrnt\\\"\", \"fix\": \"did you mean storefront-v1?\"}");

        assertThat(mesh(Map.of(), "--from=storefrnt", "http://reviews:9080/1")).isEqualTo(1);

        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains(
                        "there is no proxy and no workload \"storefrnt\"",
                        "did you mean storefront-v1?");
    }

    @Test
    void wrongArgumentsAndOtherAnswersAreRefused() {
        assertThat(mesh(Map.of())).isEqualTo(2);
        assertThat(mesh(Map.of(), "-H", "end-user", "http://reviews:9080/1")).isEqualTo(2);
        assertThat(mesh(Map.of(), "-o", "yaml", "http://reviews:9080/1")).isEqualTo(2);
        assertThat(asked).isEmpty();

        answers.put("/admin/v1/explain", "{}");
        assertThat(mesh(Map.of(), "http://reviews:9080/1")).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("not Pilot's");
    }
}
