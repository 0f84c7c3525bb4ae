package dev.quartet.admin;

import com.sun.net.httpserver.HttpExchange;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/// The open port with `GET /metrics` for Prometheus and nothing else.
/// Both Micrometer's meters and collectors registered directly in the [PrometheusRegistry] bean are shown.
public final class MetricsServer implements SmartLifecycle {
    private static final String PATH = "/metrics";

    private final PrometheusRegistry registry;
    private final String address;
    private final int port;
    private final ExpositionFormats formats = ExpositionFormats.init();
    private volatile @Nullable SmallServer server;

    MetricsServer(PrometheusRegistry registry, String address, int port) {
        this.registry = registry;
        this.address = address;
        this.port = port;
    }

    /// The port that is open (useful when 0 was asked for).
    public int port() {
        SmallServer running = server;
        if (running == null) {
            throw new IllegalStateException("the metrics port is not open");
        }
        return running.port();
    }

    @Override
    public void start() {
        PortCheck.requireFree("metrics", address, port);
        try {
            server = SmallServer.open(new InetSocketAddress(address, port), null, this::answer);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot open the metrics port %d on %s".formatted(port, address), e);
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String method = exchange.getRequestMethod();
            if (!exchange.getRequestURI().getRawPath().equals(PATH)) {
                refuse(exchange, 404, "only /metrics is served on this port");
            } else if (!method.equals("GET") && !method.equals("HEAD")) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                refuse(exchange, 405, "/metrics takes GET");
            } else {
                var writer = formats.findWriter(exchange.getRequestHeaders().getFirst("Accept"));
                var body = new ByteArrayOutputStream(32 * 1024);
                writer.write(body, IstioNames.kept(registry.scrape()));
                exchange.getResponseHeaders().set("Content-Type", writer.getContentType());
                if (method.equals("HEAD")) {
                    exchange.sendResponseHeaders(200, -1);
                } else {
                    exchange.sendResponseHeaders(200, body.size());
                    body.writeTo(exchange.getResponseBody());
                }
            }
        }
    }

    private static void refuse(HttpExchange exchange, int status, String detail)
            throws IOException {
        byte[] body =
                ProblemJson.bytes(
                        status, ProblemJson.typeOf(status), ProblemJson.titleOf(status), detail);
        exchange.getResponseHeaders().set("Content-Type", "application/problem+json");
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(status, -1);
        } else {
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void stop() {
        SmallServer running = server;
        server = null;
        if (running != null) {
            running.close();
        }
    }

    @Override
    public boolean isRunning() {
        return server != null;
    }

    /// Before the REST port: a taken metrics port ends the start before anyone could use the service.
    @Override
    public int getPhase() {
        return 0;
    }
}
