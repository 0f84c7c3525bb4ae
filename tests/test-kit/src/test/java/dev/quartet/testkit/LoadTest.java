package dev.quartet.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LoadTest {
    private final AtomicInteger requests = new AtomicInteger();
    private HttpServer server = start();

    private HttpServer start() {
        try {
            var http =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
            http.createContext(
                    "/",
                    exchange -> {
                        var body =
                                (exchange.getRequestHeaders().getFirst("who")
                                                + "@"
                                                + exchange.getRequestHeaders().getFirst("host"))
                                        .getBytes();
                        var bad =
                                requests.incrementAndGet() % 10 == 0
                                        && exchange.getRequestURI().getPath().equals("/some-fail");
                        exchange.sendResponseHeaders(
                                bad ? 503 : 200,
                                exchange.getRequestURI().getPath().equals("/chunked")
                                        ? 0
                                        : body.length);
                        exchange.getResponseBody().write(body);
                        exchange.close();
                    });
            http.start();
            return http;
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }

    @BeforeEach
    void forget() {
        requests.set(0);
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void readsAnswersOfKnownAndUnknownLength() {
        assertThat(PlainHttp.get(server.getAddress(), "/", Map.of("who", "me")).body())
                .startsWith("me@127.0.0.1:");
        assertThat(
                        PlainHttp.get(
                                        server.getAddress(),
                                        "/chunked",
                                        Map.of("who", "me", "Host", "shop"))
                                .body())
                .isEqualTo("me@shop");
    }

    @Test
    void sendsExactlyAsManyAsAskedAndKeepsEveryMiss() {
        var tally = Load.send(server.getAddress(), "/some-fail", Map.of("who", "me"), 4, 200);

        assertThat(requests).hasValue(200);
        assertThat(tally.sent()).isEqualTo(200);
        assertThat(tally.count(503)).isEqualTo(20);
        assertThat(tally.misses())
                .hasSize(20)
                .allSatisfy(miss -> assertThat(miss.words()).startsWith("me@"));
    }

    @Test
    void countsConnectionsThatFail() {
        var load = Load.start(server.getAddress(), "/", Map.of(), 2, Duration.ofMillis(1));
        await().until(() -> load.tally().count(200) > 20);
        server.stop(0);
        await().until(() -> load.tally().count(0) > 0);

        assertThat(load.stop().misses()).isNotEmpty();
    }
}
