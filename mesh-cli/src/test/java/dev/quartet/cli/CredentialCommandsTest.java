package dev.quartet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
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
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `mesh credential` as a user types it: what is sent to Citadel and what becomes of its answers. That Citadel gives them so is
/// CitadelApplicationTest's.
class CredentialCommandsTest {
    private static final String ALL = "GET /admin/v1/credentials";
    private static final String ONE = "/admin/v1/credentials/edge/web";
    private static final String WEB =
            """
            {"namespace": "edge", "name": "web", "certificate": {"subject": "CN=shop.example", "names": ["DNS:shop.example", "IP:10.0.0.1"],
              "notAfter": "2099-01-01T00:00:00Z"}, "authorities": [{"subject": "CN=a"}], "revocations": 1,
              "serviceAccounts": ["gateway", "other"], "problem": null}
            """;
    private static final String OLD =
            """
            {"namespace": "edge", "name": "old", "certificate": {"subject": "CN=\\u001b[2Jold", "names": [], "notAfter": "2001-01-01T00:00:00Z"},
              "authorities": [], "revocations": 0, "serviceAccounts": null,
              "problem": {"reason": "EXPIRED", "detail": "the certificate expired", "fix": "give a renewed one"}}
            """;

    /// Citadel's answers by method and path; a status before the body when it is not 200.
    private final Map<String, String> answers = new ConcurrentHashMap<>();

    private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir Path folder;
    private HttpServer server;

    @BeforeEach
    void startCitadel() throws IOException {
        Files.writeString(folder.resolve("token"), "0123456789012345678901234567890123456789");
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void stopCitadel() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        var request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
        var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        asked.add((request + " " + body).strip());
        var answer = answers.getOrDefault(request, "404 {\"detail\": \"nothing here\"}");
        var status =
                answer.matches("(?s)\\d{3} .*") ? Integer.parseInt(answer.substring(0, 3)) : 200;
        var bytes = (status == 200 ? answer : answer.substring(4)).getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private int mesh(String... arguments) {
        var all = new ArrayList<String>();
        all.add("credential");
        all.addAll(List.of(arguments));
        all.add("--citadel=http://127.0.0.1:" + server.getAddress().getPort());
        all.add("--token-file=" + folder.resolve("token"));
        return Mesh.run(
                new Terminal(
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        Map.of("MESH_COLUMNS", "200")),
                Map.of(),
                all.toArray(String[]::new));
    }

    private static String text(ByteArrayOutputStream stream) {
        return stream.toString(StandardCharsets.UTF_8);
    }

    private String file(String name) throws IOException {
        return Files.writeString(folder.resolve(name), "PEM of " + name).toString();
    }

    @Test
    void setSendsTheFilesAndSaysWhatIsInForce() throws IOException {
        answers.put("PUT " + ONE, WEB);

        var code =
                mesh(
                        "set",
                        "edge/web",
                        "--cert=" + file("crt"),
                        "--key=" + file("key"),
                        "--ca=" + file("ca"),
                        "--crl=" + file("crl"),
                        "--service-account=gateway",
                        "--service-account=other");

        assertThat(code).isZero();
        assertThat(asked)
                .containsExactly(
                        "PUT "
                                + ONE
                                + " {\"certificate\":\"PEM of crt\",\"key\":\"PEM of key\",\"ca\":\"PEM of ca\",\"crl\":\"PEM of crl\",\"serviceAccounts\":[\"gateway\",\"other\"]}");
        assertThat(text(out))
                .startsWith("edge/web is in force: shows shop.example, IP:10.0.0.1, expires in ")
                .contains(
                        "; callers are checked by 1 authority, 1 revocation list; for gateway, other");
    }

    @Test
    void whatIsNotNamedIsNotSent() throws IOException {
        answers.put(
                "PUT " + ONE,
                "{\"namespace\": \"edge\", \"name\": \"web\", \"certificate\": null, \"authorities\": [], \"serviceAccounts\": [\"gw\"]}");

        assertThat(mesh("set", "edge/web", "--ca", file("ca"))).isZero();
        assertThat(text(out))
                .isEqualTo(
                        "edge/web is in force: shows no certificate; callers are not checked by it; for gw\n");

        assertThat(asked).containsExactly("PUT " + ONE + " {\"ca\":\"PEM of ca\"}");
    }

    @Test
    void aRefusalIsShownWithWhatToDo() throws IOException {
        answers.put(
                "PUT " + ONE,
                "400 {\"detail\": \"the private key is encrypted\", \"fix\": \"decrypt it first\"}");

        assertThat(mesh("set", "edge/web", "--cert=" + file("crt"), "--key=" + file("key")))
                .isOne();

        assertThat(text(err))
                .contains(
                        "Citadel refused: the private key is encrypted",
                        "what to do: decrypt it first");
    }

    @ParameterizedTest
    @ValueSource(strings = {"web", "edge/", "/web", "a/b/c"})
    void aCredentialIsNamedByNamespaceAndName(String name) {
        assertThat(mesh("set", name, "--ca=x")).isEqualTo(2);
        assertThat(mesh("delete", name)).isEqualTo(2);
        assertThat(text(err)).contains("\"" + name + "\" names no credential");
        assertThat(asked).isEmpty();
    }

    @Test
    void setWithoutFilesOrWithMissingOnesIsRefused() {
        assertThat(mesh("set", "edge/web")).isEqualTo(2);
        assertThat(text(err)).contains("there is nothing to set");
        assertThat(mesh("set", "edge/web", "--ca=" + folder.resolve("none"))).isOne();
        assertThat(text(err)).contains("there is no file");
        assertThat(asked).isEmpty();
    }

    @Test
    void listShowsAllWithTheirProblemsAndNothingThatMovesTheCursor() {
        answers.put(ALL, "{\"credentials\": [" + OLD + ", " + WEB + "]}");

        assertThat(mesh("list")).isZero();

        assertThat(text(out).lines())
                .satisfiesExactly(
                        line ->
                                assertThat(line)
                                        .matches("CREDENTIAL +EXPIRES IN +SHOWS +CALLERS +FOR"),
                        line ->
                                assertThat(line)
                                        .matches(
                                                "edge/old +expired +CN=\\\\x1b\\[2Jold +- +who may read the Secret"),
                        line ->
                                assertThat(line)
                                        .matches(
                                                "edge/web +\\d+d\\S* +shop.example, IP:10.0.0.1 +1 authority, 1 revocation list +gateway, other"),
                        line ->
                                assertThat(line)
                                        .isEqualTo(
                                                "warning: what is written as edge/old is not in force: the certificate expired; give a renewed one"));
    }

    @Test
    void listAsJsonOfOneNamespace() {
        answers.put(ALL, "{\"credentials\": [" + OLD + ", " + WEB + "]}");

        assertThat(mesh("list", "-n", "edge", "-o", "json")).isZero();
        assertThat(text(out)).contains("\"name\" : \"web\"", "\"reason\" : \"EXPIRED\"");
        out.reset();
        assertThat(mesh("list", "-n", "bank")).isZero();
        assertThat(text(out)).isEqualTo("there is no credential\n");
    }

    @Test
    void deleteSaysWhatBecomesOfIt() {
        answers.put("DELETE " + ONE, "204 ");

        assertThat(mesh("delete", "edge/web")).isZero();
        assertThat(text(out)).startsWith("edge/web is deleted; an Envoy that has it keeps it");
        assertThat(mesh("delete", "edge/none")).isOne();
        assertThat(text(err)).contains("Citadel refused: nothing here");
    }
}
