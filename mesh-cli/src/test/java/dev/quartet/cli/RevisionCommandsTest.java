package dev.quartet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.quartet.cli.admin.AdminClient;
import dev.quartet.cli.print.Terminal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `mesh revisions`, `diff` and `rollback` as a user types them: what is sent to Galley and what becomes of its answers. That
/// Galley gives them so is RevisionsByRestTest's.
class RevisionCommandsTest {
    private static final String REVISIONS = "/admin/v1/config/revisions";
    private static final String ROLLBACK = "/admin/v1/config/rollback";
    private static final String NEWEST =
            """
            {"recording": true, "inForce": "3fa9c1d2aa", "revisions": [
              {"number": 13, "id": "3fa9c1d2aa", "at": "2026-01-01T00:00:00Z", "change": "put", "author": "admin-token",
               "claimedAuthor": "anna", "message": "more for v2", "created": [],
               "changed": [{"kind": "VirtualService", "namespace": "shop", "name": "reviews"}], "deleted": []},
              {"number": 12, "id": "0badc0ffee", "at": "2026-01-01T00:00:00Z", "change": "directory", "author": "directory",
               "claimedAuthor": null, "message": null, "created": [{"kind": "rule", "namespace": "a", "name": "b"},
               {"kind": "rule", "namespace": "a", "name": "c"}], "changed": [], "deleted": []}]}
            """;
    private static final String DIFF =
            """
            {"from": {"number": 12}, "to": {"number": 13}, "warnings": [{"text": "HostNotFound: nowhere"}], "changes": [
              {"key": {"kind": "rule", "namespace": "shop", "name": "r"}, "change": "changed",
               "text": "--- a/rule/shop/r.yaml\\trevision 12, applied\\n+++ b/rule/shop/r.yaml\\trevision 13, applied\\n@@ -1,2 +1,2 @@\\n kind: rule\\n-a: 1\\n+a: 2\\u001b[2J\\n"}]}
            """;
    private static final String NOTHING = "{\"from\": null, \"to\": null, \"changes\": []}";
    private static final String WOULD =
            """
            {"revision": "0badc0ffee", "from": "3fa9c1d2aa", "number": null, "dryRun": true, "created": [],
             "changed": [{"kind": "rule", "namespace": "shop", "name": "r"}], "deleted": [],
             "untouched": [{"text": "rule shop/x is not as it was: it comes from the directory's file x.yaml:1"}]}
            """;
    private static final String DONE = WOULD.replace("\"dryRun\": true", "\"dryRun\": false");

    /// Galley's answers by method and path with query; a status before the body when it is not 200.
    private final Map<String, String> answers = new ConcurrentHashMap<>();

    private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
    private final Map<String, String> headers = new ConcurrentHashMap<>();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final InputStream realIn = System.in;

    @TempDir Path folder;
    private HttpServer server;

    @BeforeEach
    void startGalley() throws IOException {
        Files.writeString(folder.resolve("token"), "0123456789012345678901234567890123456789");
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        answers.put(
                "GET /admin/v1/config/wait",
                """
                {"reached": true, "status": {"proxies": {"inForce": 7, "connected": 7},
                 "text": "in force on 7 of 7 proxies", "waitingFor": [], "rejections": []}}
                """);
    }

    @AfterEach
    void stopGalley() {
        server.stop(0);
        System.setIn(realIn);
    }

    private void answer(HttpExchange exchange) throws IOException {
        var request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
        var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        asked.add((request + " " + body).strip());
        exchange.getRequestHeaders()
                .forEach((name, values) -> headers.put(name, values.getFirst()));
        var answer = answers.getOrDefault(request.replaceFirst("/wait\\?.*", "/wait"), "404 {}");
        var status =
                answer.matches("(?s)\\d{3} .*") ? Integer.parseInt(answer.substring(0, 3)) : 200;
        var bytes = (status == 200 ? answer : answer.substring(4)).getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private int mesh(String terminal, String... arguments) {
        var all = new ArrayList<>(List.of(arguments));
        all.add("--galley=http://127.0.0.1:" + server.getAddress().getPort());
        all.add("--token-file=" + folder.resolve("token"));
        return Mesh.run(
                new Terminal(
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        Map.of("MESH_TERMINAL", terminal, "MESH_COLUMNS", "200")),
                Map.of(),
                all.toArray(String[]::new));
    }

    private static String text(ByteArrayOutputStream stream) {
        return stream.toString(StandardCharsets.UTF_8);
    }

    private static String user() {
        return AdminClient.encoded(System.getProperty("user.name"));
    }

    private static void type(String answer) {
        System.setIn(new ByteArrayInputStream(answer.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void diffOfProxiesAsksPilotAndShowsWhatWouldChange() throws IOException {
        var file = Files.writeString(folder.resolve("routes.yaml"), "kind: VirtualService\n");
        answers.put(
                "POST /admin/v1/diff?details=true",
                """
                {"from": "3fa9c1d2aa", "touched": 1, "untouched": 6, "proxies": [
                  {"proxy": "storefront-v1-1.shop", "namespace": "shop",
                   "types": {"cds": {"added": 7, "changed": 0, "removed": 0}, "rds": {"added": 0, "changed": 1, "removed": 0}},
                   "resources": [{"type": "cds", "name": "outbound|80||a", "change": "added", "lines": null},
                     {"type": "rds", "name": "9080", "change": "changed", "lines": ["~ route.timeout: 3s -> 4s\\u001b[2J"]}]}],
                 "raised": [{"text": "SubsetNotFound: no v3"}], "cleared": []}
                """);

        assertThat(mesh("", "diff", "-f", file.toString(), "--proxies", "--details", pilot()))
                .isEqualTo(1);

        assertThat(text(out))
                .containsPattern(
                        "storefront-v1-1.shop +cds +add 7 +outbound\\|80\\|\\|a and 6 more\n")
                .containsPattern("storefront-v1-1.shop +rds +change 1 +9080\n")
                .contains("rds 9080\n  ~ route.timeout: 3s -> 4s")
                .contains("1 of 7 proxies would get another config\n")
                .contains("would come up: SubsetNotFound: no v3\n")
                .doesNotContain("\u001b[2J");
        assertThat(asked)
                .singleElement()
                .satisfies(request -> assertThat(request).contains("routes.yaml", "kind: Virt"));
    }

    @Test
    void diffOfADeletionTellsWhoWouldNotice() {
        answers.put(
                "POST /admin/v1/diff?details=false&delete=VirtualService%2Fshop%2Freviews",
                "{\"touched\": 0, \"untouched\": 7, \"proxies\": [], \"raised\": [], \"cleared\": []}");

        assertThat(mesh("", "diff", "--delete", "VirtualService/shop/reviews", pilot())).isZero();

        assertThat(text(out)).isEqualTo("0 of 7 proxies would get another config\n");
        assertThat(mesh("", "diff", "12", "--proxies", pilot())).isEqualTo(2);
        assertThat(text(err)).contains("told of files and of deletions, and not of revisions");
    }

    private String pilot() {
        return "--pilot=http://127.0.0.1:" + server.getAddress().getPort();
    }

    @Test
    void revisionsSayWhoChangedWhatAndWhatIsOnlyClaimed() {
        answers.put("GET " + REVISIONS + "?limit=20", NEWEST);

        assertThat(mesh("", "revisions")).isZero();

        assertThat(text(out))
                .containsPattern(
                        "13 +3fa9c1d2 +\\d+d\\d+h +put +admin-token, says anna +changed VirtualService shop/reviews: more for v2\n")
                .containsPattern("12 +0badc0ff +\\d+d\\d+h +directory +directory +created 2\n");
    }

    @Test
    void revisionsAreJsonForPrograms() {
        answers.put("GET " + REVISIONS + "?limit=2", NEWEST);

        assertThat(mesh("", "revisions", "--limit", "2", "-o", "json")).isZero();

        assertThat(text(out)).contains("\"claimedAuthor\" : \"anna\"");
        assertThat(mesh("", "revisions", "--limit", "0")).isEqualTo(2);
    }

    @Test
    void whereNothingIsRecordedItSaysWhy() {
        answers.put("GET " + REVISIONS + "?limit=20", "{\"recording\": false, \"revisions\": []}");

        assertThat(mesh("", "revisions")).isZero();

        assertThat(text(out)).contains("this Galley records no revisions");
    }

    @Test
    void diffIsOfTheNewestOfOneAndOfTwo() {
        answers.put("GET " + REVISIONS + "?limit=1", NEWEST);
        answers.put("GET " + REVISIONS + "/13/diff", DIFF);
        answers.put("GET " + REVISIONS + "/0badc0/diff", DIFF);
        answers.put("GET " + REVISIONS + "/12/diff?to=13", NOTHING);

        assertThat(mesh("", "diff")).isEqualTo(1);
        assertThat(text(out))
                .isEqualTo(
                        """
                        --- a/rule/shop/r.yaml\trevision 12, applied
                        +++ b/rule/shop/r.yaml\trevision 13, applied
                        @@ -1,2 +1,2 @@
                         kind: rule
                        -a: 1
                        +a: 2\\x1b[2J
                        """);
        assertThat(text(err)).contains("warning: HostNotFound: nowhere");
        assertThat(mesh("", "diff", "0badc0")).isEqualTo(1);
        out.reset();
        assertThat(mesh("", "diff", "12", "13")).isZero();
        assertThat(text(out)).isEmpty();
        assertThat(mesh("", "diff", "12", "13", "-o", "json")).isZero();
        assertThat(text(out)).contains("\"changes\" : [ ]");
    }

    @Test
    void diffHasColoursOnATerminalOnly() {
        answers.put("GET " + REVISIONS + "/13/diff", DIFF);

        mesh("out", "diff", "13");

        assertThat(text(out))
                .contains("\033[31m-a: 1\033[0m\n", "\033[32m+a: 2\\x1b[2J\033[0m\n")
                .contains("\033[1m--- a/rule/shop/r.yaml", "\n kind: rule\n");
    }

    @Test
    void diffOfFilesIsWhatAnApplyWouldChange() throws IOException {
        var file = Files.writeString(folder.resolve("r.yaml"), "kind: rule\n").toString();
        answers.put("POST /admin/v1/config/diff", DIFF);

        assertThat(mesh("", "diff", "-f", file)).isEqualTo(1);

        assertThat(asked).singleElement().asString().contains("\"content\":\"kind: rule\\n\"");
    }

    @Test
    void diffThatCannotBeToldIsNoDifference() {
        answers.put(
                "GET " + REVISIONS + "/99/diff",
                "404 {\"detail\": \"galley has no revision \\\"99\\\"; it has 1 to 13\"}");

        assertThat(mesh("", "diff", "99")).isEqualTo(2);
        assertThat(text(err)).contains("Galley refused: galley has no revision \"99\"");
        assertThat(mesh("", "diff", "-f", folder.resolve("none.yaml").toString())).isEqualTo(2);
        assertThat(mesh("", "diff", "12", "-f", "x.yaml")).isEqualTo(2);
        assertThat(text(err)).contains("there is no file", "and not both");
    }

    @Test
    void rollbackWithYesIsDoneAndFollowed() {
        answers.put("POST " + ROLLBACK + "?dryRun=false&message=too%20slow", DONE);

        assertThat(mesh("", "rollback", "12", "--yes", "-m", "too slow")).isZero();

        assertThat(asked.getFirst()).endsWith("{\"revision\":\"12\"}");
        assertThat(asked.getLast()).contains("/wait?", "revision=0badc0ffee");
        assertThat(text(out))
                .contains("rule shop/r changed\n")
                .contains("note: rule shop/x is not as it was: it comes from the directory's")
                .contains("in force on 7 of 7 proxies after ");
        assertThat(headers).containsEntry("X-quartet-author", user());
    }

    @Test
    void rollbackShowsAndAsksAndDoesJustWhatItHasShown() {
        answers.put("POST " + ROLLBACK + "?dryRun=true", WOULD);
        answers.put("POST " + ROLLBACK + "?dryRun=false", DONE);

        type("Yes\n");
        assertThat(mesh("outin", "rollback", "12", "--no-wait")).isZero();

        assertThat(text(out))
                .contains("a rollback to 12 would do this:", "roll back? [y/N] ")
                .contains("revision 0badc0ffee; ./mesh wait tells when it is in force");
        assertThat(headers).containsEntry("If-match", "\"3fa9c1d2aa\"");
    }

    @Test
    void rollbackThatIsNotConfirmedChangesNothing() {
        answers.put("POST " + ROLLBACK + "?dryRun=true", WOULD);

        for (var answer : List.of("n\n", "\n", "")) {
            type(answer);
            assertThat(mesh("outin", "rollback", "12")).isEqualTo(1);
        }

        assertThat(text(out)).contains("nothing was changed");
        assertThat(asked).allMatch(request -> request.contains("dryRun=true"));
    }

    @Test
    void rollbackAsksNobodyWhoIsNotThere() {
        assertThat(mesh("out", "rollback", "12")).isEqualTo(2);
        assertThat(mesh("outin", "rollback", "12", "-o", "json")).isEqualTo(2);

        assertThat(text(err)).contains("say --yes, or --dry-run");
        assertThat(asked).isEmpty();
    }

    @Test
    void rollbackToWhatIsThereHasNothingToAsk() {
        answers.put(
                "POST " + ROLLBACK + "?dryRun=true",
                "{\"from\": \"x\", \"created\": [], \"changed\": [], \"deleted\": []}");

        assertThat(mesh("outin", "rollback", "13")).isZero();

        assertThat(text(out)).contains("nothing to do: ");
    }

    @Test
    void dryRunOfARollbackOnlyTells() {
        answers.put("POST " + ROLLBACK + "?dryRun=true", WOULD);

        assertThat(mesh("", "rollback", "12", "--dry-run")).isZero();

        assertThat(text(out)).contains("rule shop/r changed", "dry run: nothing was changed");
        assertThat(asked).hasSize(1);
    }

    @Test
    void applySaysWhoAndWhy() throws IOException {
        var file = Files.writeString(folder.resolve("r.yaml"), "kind: rule\n").toString();
        answers.put("POST /admin/v1/config/apply?dryRun=false&message=more%20for%20v2", DONE);

        assertThat(mesh("", "apply", "-f", file, "--no-wait", "--message=more for v2")).isZero();

        assertThat(headers).containsEntry("X-quartet-author", user());
    }
}
