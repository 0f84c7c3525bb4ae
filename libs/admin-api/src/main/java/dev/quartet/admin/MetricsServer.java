package dev.quartet.admin;

import com.sun.net.httpserver.HttpExchange;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/// The open port: `GET /metrics` for Prometheus, `GET /healthz/live` and `/healthz/ready` for probes, and nothing else.
/// Both Micrometer's meters and collectors registered directly in the [PrometheusRegistry] bean are shown.
public final class MetricsServer implements SmartLifecycle {
    private static final String PATH = "/metrics";

    /// Path to the health group that answers.
    private static final Map<String, String> PROBES =
            Map.of("/healthz/live", "liveness", "/healthz/ready", "readiness");

    private final PrometheusRegistry registry;
    private final HealthProbes probes;
    private final String address;
    private final int port;
    private final ExpositionFormats formats = ExpositionFormats.init();
    private volatile @Nullable SmallServer server;

    MetricsServer(PrometheusRegistry registry, HealthProbes probes, String address, int port) {
        this.registry = registry;
        this.probes = probes;
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
            String path = exchange.getRequestURI().getRawPath();
            String group = PROBES.get(path);
            if (group == null && !path.equals(PATH)) {
                SmallAnswer.problem(
                                404,
                                "only /metrics, /healthz/live and /healthz/ready are served on this port")
                        .send(exchange);
            } else if (!method.equals("GET") && !method.equals("HEAD")) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                SmallAnswer.problem(405, path + " takes GET").send(exchange);
            } else if (group != null) {
                var answer = probes.ask(group);
                new SmallAnswer(
                                answer.up() ? 200 : 503,
                                "text/plain; charset=utf-8",
                                answer.text().getBytes(StandardCharsets.UTF_8))
                        .send(exchange);
            } else {
                var writer = formats.findWriter(exchange.getRequestHeaders().getFirst("Accept"));
                var body = new ByteArrayOutputStream(32 * 1024);
                writer.write(body, IstioNames.kept(registry.scrape()));
                new SmallAnswer(200, writer.getContentType(), body.toByteArray()).send(exchange);
            }
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
