package dev.quartet.injector.webhook;

import com.sun.net.httpserver.HttpExchange;
import dev.quartet.admin.SmallServer;
import dev.quartet.injector.review.InjectionMetrics;
import dev.quartet.injector.review.MalformedReviewException;
import dev.quartet.injector.review.ReviewAnswerer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/// HTTPS on a port of its own (TLS 1.2 and 1.3, no client certificate: kube-apiserver has none by default): `POST /inject` and nothing else. Size and time of a request are bounded before anything is
/// parsed. Not restartable.
public final class WebhookServer implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(WebhookServer.class);
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String PATH = "/inject";

    /// Objects in Kubernetes end at 1.5 MB, requests at 3 MB; a review holds at most an object and what it replaces.
    private static final int MAX_BODY_BYTES = 6 * 1024 * 1024;

    private final ReviewAnswerer answerer;
    private final InjectionMetrics metrics;
    private final SmallServer server;

    /// Opens the port.
    ///
    /// @throws IOException when it cannot be opened
    public WebhookServer(
            InetSocketAddress address,
            SSLContext tls,
            ReviewAnswerer answerer,
            InjectionMetrics metrics)
            throws IOException {
        this.answerer = answerer;
        this.metrics = metrics;
        this.server = SmallServer.open(address, tls, this::exchange);
    }

    public int port() {
        return server.port();
    }

    private void exchange(HttpExchange exchange) throws IOException {
        try (exchange) {
            try {
                answer(exchange);
            } catch (RuntimeException e) {
                metrics.refused();
                LOGGER.atError().setCause(e).log("Injection request failed");
                if (exchange.getResponseCode() < 0) {
                    refuse(exchange, 500, "the injector failed on this review; its log says why");
                }
            }
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        if (!exchange.getRequestURI().getRawPath().equals(PATH)) {
            refuse(exchange, 404, "only /inject is served on this port");
            return;
        }
        if (!exchange.getRequestMethod().equals("POST")) {
            exchange.getResponseHeaders().set("Allow", "POST");
            refuse(exchange, 405, "/inject takes POST");
            return;
        }
        metrics.requested();
        if (!isJson(exchange.getRequestHeaders().getFirst("Content-Type"))) {
            metrics.refused();
            refuse(exchange, 415, "send an AdmissionReview with content type application/json");
            return;
        }
        byte[] body = body(exchange);
        if (body == null) {
            metrics.refused();
            exchange.getResponseHeaders().set("Connection", "close");
            refuse(exchange, 413, "the body is larger than %d bytes".formatted(MAX_BODY_BYTES));
            return;
        }
        try {
            send(exchange, 200, "application/json", answerer.answer(body));
        } catch (MalformedReviewException e) {
            metrics.refused();
            refuse(exchange, 400, String.valueOf(e.getMessage()));
        }
    }

    /// @return null when it is too long
    private static byte @Nullable [] body(HttpExchange exchange) throws IOException {
        String length = exchange.getRequestHeaders().getFirst("Content-Length");
        if (length != null && (length.length() > 10 || Long.parseLong(length) > MAX_BODY_BYTES)) {
            return null;
        }
        byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY_BYTES + 1);
        return body.length > MAX_BODY_BYTES ? null : body;
    }

    private static boolean isJson(@Nullable String contentType) {
        return contentType != null
                && contentType
                        .split(";", 2)[0]
                        .strip()
                        .toLowerCase(Locale.ROOT)
                        .equals("application/json");
    }

    private static void refuse(HttpExchange exchange, int status, String detail)
            throws IOException {
        var problem =
                JSON.createObjectNode()
                        .put("type", "urn:quartet:problem:injection-refused")
                        .put("title", "This is not an injection request")
                        .put("status", status)
                        .put("detail", detail);
        send(
                exchange,
                status,
                "application/problem+json",
                JSON.writeValueAsString(problem).getBytes(StandardCharsets.UTF_8));
    }

    private static void send(HttpExchange exchange, int status, String contentType, byte[] body)
            throws IOException {
        exchange.getResponseHeaders().set("Content-Type", contentType);
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(status, -1);
            return;
        }
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    @Override
    public void close() {
        server.close();
    }
}
