package dev.quartet.mixer.scrape;

import com.sun.net.httpserver.HttpExchange;
import dev.quartet.admin.SmallServer;
import dev.quartet.mixer.adapter.prometheus.SeriesStore;
import dev.quartet.mixer.adapter.prometheus.TextExposition;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/// `GET /metrics` with the mesh metrics and nothing else, open as metrics ports are; Istio's port 42422.
public final class MeshMetricsPort implements AutoCloseable {
    private static final String PATH = "/metrics";

    private final SmallServer server;
    private final SeriesStore store;

    public MeshMetricsPort(SeriesStore store, String address, int port) {
        this.store = store;
        try {
            this.server =
                    SmallServer.open(new InetSocketAddress(address, port), null, this::answer);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot open the port of the mesh metrics, %s:%d".formatted(address, port), e);
        }
    }

    public int port() {
        return server.port();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            boolean get = exchange.getRequestMethod().equals("GET");
            if (!get || !exchange.getRequestURI().getRawPath().equals(PATH)) {
                exchange.sendResponseHeaders(get ? 404 : 405, -1);
                return;
            }
            exchange.getResponseHeaders().set("Content-Type", TextExposition.CONTENT_TYPE);
            exchange.sendResponseHeaders(200, 0);
            try (var out =
                    new BufferedWriter(
                            new OutputStreamWriter(
                                    exchange.getResponseBody(), StandardCharsets.UTF_8),
                            1 << 16)) {
                TextExposition.write(store, out);
            }
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
