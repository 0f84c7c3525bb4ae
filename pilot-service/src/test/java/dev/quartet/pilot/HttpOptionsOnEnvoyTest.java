package dev.quartet.pilot;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.pilot.node.HttpOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// What a node says of its HTTP, seen by clients of two stock Envoys.
class HttpOptionsOnEnvoyTest {
    private static final String OLD = "GET /old HTTP/1.0\r\n";

    @Test
    void oldHttpIsAnsweredByThoseThatSayItAlsoWithoutAHost() throws IOException {
        try (var sidecars = TwoSidecars.start(new HttpOptions(true, Duration.ofHours(1)))) {
            assertThat(answer(sidecars.outbound(), OLD + "Host: reviews:9080\r\n\r\n"))
                    .startsWith("HTTP/1.0 200");
            assertThat(answer(sidecars.inbound(), OLD + "\r\n")).startsWith("HTTP/1.0 200");
        }
    }

    @Test
    void oldHttpIsRefusedByTheOthersWhichKeepConnectionsForAnHour() throws IOException {
        try (var sidecars = TwoSidecars.start(HttpOptions.USUAL)) {
            assertThat(answer(sidecars.outbound(), OLD + "Host: reviews:9080\r\n\r\n"))
                    .startsWith("HTTP/1.1 426");
            assertThat(answer(sidecars.inbound(), OLD + "\r\n")).startsWith("HTTP/1.1 426");
            assertThat(sidecars.envoys().getFirst().configDump())
                    .contains("\"idle_timeout\": \"3600s\"");
        }
    }

    /// Nothing but the time-out ends a connection whose client asks for nothing more.
    @Test
    void aConnectionWithoutARequestIsClosedAfterTheTimeThatANodeSays() throws IOException {
        try (var sidecars = TwoSidecars.start(new HttpOptions(false, Duration.ofMillis(300)))) {
            assertThat(answer(sidecars.outbound(), "GET / HTTP/1.1\r\nHost: reviews:9080\r\n\r\n"))
                    .startsWith("HTTP/1.1 200");
            assertThat(answer(sidecars.inbound(), "GET / HTTP/1.1\r\nHost: reviews:9080\r\n\r\n"))
                    .startsWith("HTTP/1.1 200");
            assertThat(
                            sidecars.envoys()
                                    .getFirst()
                                    .stat("http.outbound_http_proxy.downstream_cx_idle_timeout"))
                    .isPositive();
        }
    }

    /// All that comes until the server closes.
    private static String answer(InetSocketAddress server, String request) throws IOException {
        try (var socket = new Socket()) {
            socket.connect(server);
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), US_ASCII);
        }
    }
}
