package dev.quartet.bookshop;

import com.sun.net.httpserver.Headers;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;

/// Calls the other services by name. It takes the JVM's default proxy selector, so `-Dhttp.proxyHost` and `-Dhttp.proxyPort`
/// lead it through a sidecar that has no packet capture. Safe for many threads.
final class Remote {
    private static final int PORT = 9080;
    private static final Duration TIMEOUT = Duration.ofSeconds(15);

    /// What a request carries through the whole shop: the trace, and who is shopping. Nobody can join up a trace that the
    /// application in the middle drops.
    static final List<String> PASSED_ON =
            List.of(
                    "x-request-id",
                    "x-b3-traceid",
                    "x-b3-spanid",
                    "x-b3-parentspanid",
                    "x-b3-sampled",
                    "x-b3-flags",
                    "b3",
                    "traceparent",
                    "tracestate",
                    "end-user");

    /// @param body the service's answer, or what went wrong
    record Answer(int status, String body) {
        boolean failed() {
            return status != 200;
        }
    }

    private final HttpClient client =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Duration.ofSeconds(3))
                    .executor(Executors.newVirtualThreadPerTaskExecutor())
                    .build();

    CompletableFuture<Answer> get(Role service, String path, boolean html, Headers incoming) {
        var request =
                HttpRequest.newBuilder(
                                URI.create(
                                        "http://%s:%d%s".formatted(service.service(), PORT, path)))
                        .timeout(TIMEOUT)
                        .header("accept", html ? "text/html" : "application/json");
        for (var name : PASSED_ON) {
            var value = incoming.getFirst(name);
            if (value != null) {
                request.header(name, value);
            }
        }
        return client.sendAsync(
                        request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8))
                .thenApply(response -> new Answer(response.statusCode(), response.body()))
                .exceptionally(failure ->
                        new Answer(
                                502,
                                service.service() + " could not be reached: " + reason(failure)));
    }

    private static String reason(Throwable failure) {
        var cause = failure.getCause() instanceof IOException io ? io : failure;
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }
}
