package dev.quartet.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.quartet.cli.admin.Address;
import dev.quartet.cli.admin.AdminClient;
import dev.quartet.cli.print.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What becomes of Galley's answers; that Galley gives them so is `WithoutProxiesIT`'s.
class InForceTest {
    private static final String NO_PROXY = view(true, 0, 0, "no proxy is connected");
    private static final String SOME = view(false, 6, 7, "in force on 6 of 7 proxies");
    private static final String ALL = view(true, 7, 7, "in force on 7 of 7 proxies");

    /// Galley's answers in order; the last one stays.
    private final Deque<String> answers = new ArrayDeque<>();

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @TempDir Path folder;
    private HttpServer server;
    private InForce inForce;

    private static String view(boolean reached, int inForce, int connected, String text) {
        return """
        {"reached": %s, "status": {"proxies": {"inForce": %d, "connected": %d}, "text": "%s",
         "waitingFor": %s, "rejections": []}}
        """
                .formatted(
                        reached,
                        inForce,
                        connected,
                        text,
                        reached ? "[]" : "[\"1 of 7 proxies have not taken it yet\"]");
    }

    @BeforeEach
    void startGalley() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/admin/v1/config/wait",
                exchange -> {
                    String answer;
                    synchronized (answers) {
                        answer = answers.size() > 1 ? answers.poll() : answers.element();
                    }
                    var bytes = answer.getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(200, bytes.length);
                    exchange.getResponseBody().write(bytes);
                    exchange.close();
                });
        server.start();
        var token = Files.writeString(folder.resolve("admin-token"), "secret");
        var terminal =
                new Terminal(
                        new PrintStream(out, true, StandardCharsets.UTF_8), System.err, Map.of());
        inForce =
                new InForce(
                        new AdminClient(
                                "Galley",
                                new Address(
                                        "http://127.0.0.1:" + server.getAddress().getPort(),
                                        token,
                                        null,
                                        true)),
                        terminal,
                        false);
    }

    @AfterEach
    void stopGalley() {
        server.stop(0);
    }

    private InForce.Progress await(Duration limit, boolean needsProxy, String... answers) {
        this.answers.addAll(List.of(answers));
        return inForce.await("", limit, needsProxy);
    }

    private String printed(InForce.Progress progress) {
        assertThat(inForce.print(progress)).isEqualTo(progress.exitCode());
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void isReachedWhenTheLastProxyHasIt() {
        var progress = await(Duration.ofMinutes(1), true, SOME, SOME, ALL);

        assertThat(progress.exitCode()).isZero();
        assertThat(printed(progress)).startsWith("in force on 7 of 7 proxies after ");
    }

    @Test
    void saysWhatIsMissingWhenTheTimeIsUp() {
        var progress = await(Duration.ZERO, true, SOME);

        assertThat(progress.exitCode()).isEqualTo(1);
        assertThat(printed(progress))
                .contains("not in force after ", ": in force on 6 of 7 proxies\n")
                .contains("  1 of 7 proxies have not taken it yet");
    }

    @Test
    void changeIsContentWithoutAProxyAndSaysSo() {
        var progress = await(Duration.ofMinutes(1), false, NO_PROXY);

        assertThat(progress.exitCode()).isZero();
        assertThat(printed(progress))
                .isEqualTo("published; no proxy is connected, so it is in force on none yet\n");
    }

    @Test
    void whoWaitsForProxiesGoesOnUntilThereIsOne() {
        assertThat(await(Duration.ofMinutes(1), true, NO_PROXY, NO_PROXY, ALL).exitCode()).isZero();
    }

    @Test
    void whoWaitsForProxiesInVainHearsThatThereIsNone() {
        var progress = await(Duration.ofMillis(10), true, NO_PROXY);

        assertThat(progress.exitCode()).isEqualTo(1);
        assertThat(progress.json().path("reached").asBoolean()).isFalse();
        assertThat(printed(progress))
                .contains("not in force after ", ": no proxy is connected\n")
                .doesNotContain("published");
    }
}
