package dev.quartet.admin.webhook;

import com.sun.net.httpserver.HttpExchange;
import dev.quartet.admin.SmallAnswer;
import dev.quartet.admin.SmallServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// HTTPS on a port of its own (TLS 1.2 and 1.3, no client certificate: kube-apiserver has none by default): `POST` to the
/// reviewers' paths and nothing else. Size and time of a request are bounded before anything is parsed. Not restartable.
public final class WebhookServer implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(WebhookServer.class);

    /// Objects in Kubernetes end at 1.5 MB, requests at 3 MB; a review holds at most an object and what it replaces.
    private static final int MAX_BODY_BYTES = 6 * 1024 * 1024;

    /// What [Observer#refused] may be told.
    public static final List<Integer> ERRORS = List.of(400, 413, 415, 500, 503);

    /// Told of requests, for metrics.
    public interface Observer {
        /// Somebody posted to a reviewer.
        void requested();

        /// A request was not answered by a reviewer, but by an error: one of [#ERRORS].
        void refused(int status);
    }

    private final Map<String, Reviewer> reviewers;
    private final Observer observer;
    private final SmallServer server;

    /// Opens the port.
    ///
    /// @param reviewers by path: `/inject`
    /// @throws IOException when it cannot be opened
    public WebhookServer(
            InetSocketAddress address,
            SSLContext tls,
            Map<String, Reviewer> reviewers,
            Observer observer)
            throws IOException {
        this.reviewers = new TreeMap<>(reviewers);
        this.observer = observer;
        this.server = SmallServer.open(address, tls, this::exchange);
    }

    public int port() {
        return server.port();
    }

    private void exchange(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getRawPath();
            var reviewer = reviewers.get(path);
            if (reviewer == null) {
                refusal(404, "only %s is served on this port".formatted(paths())).send(exchange);
            } else if (!exchange.getRequestMethod().equals("POST")) {
                exchange.getResponseHeaders().set("Allow", "POST");
                refusal(405, path + " takes POST").send(exchange);
            } else {
                observer.requested();
                var answer = answer(exchange, reviewer);
                if (answer.status() != 200) {
                    observer.refused(answer.status());
                }
                answer.send(exchange);
            }
        }
    }

    private String paths() {
        return String.join(" and ", reviewers.keySet());
    }

    private SmallAnswer answer(HttpExchange exchange, Reviewer reviewer) throws IOException {
        try {
            if (!isJson(exchange.getRequestHeaders().getFirst("Content-Type"))) {
                return refusal(415, "send an AdmissionReview with content type application/json");
            }
            byte[] body = body(exchange);
            if (body == null) {
                exchange.getResponseHeaders().set("Connection", "close");
                return refusal(413, "the body is larger than %d bytes".formatted(MAX_BODY_BYTES));
            }
            var review = AdmissionReview.read(body);
            var answer = review.answered(reviewer.review(review));
            return new SmallAnswer(200, "application/json", answer);
        } catch (MalformedReviewException e) {
            return refusal(400, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return refusal(503, "the webhook is being closed; another replica answers");
        } catch (RuntimeException e) {
            LOGGER.atError().setCause(e).log("Review failed");
            return refusal(500, "the webhook failed on this review; its log says why");
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

    private static SmallAnswer refusal(int status, String detail) {
        return SmallAnswer.problem(status, "review-refused", "This review is not answered", detail);
    }

    @Override
    public void close() {
        server.close();
    }
}
