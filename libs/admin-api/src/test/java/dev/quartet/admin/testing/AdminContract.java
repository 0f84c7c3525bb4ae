package dev.quartet.admin.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What holds for the REST admin of every service, as dynamic tests:
///
/// ```java
/// @TestFactory
/// Stream<DynamicTest> keepsTheAdminContract() {
///     return new AdminContract(URI.create("http://127.0.0.1:" + port), token).tests();
/// }
/// ```
///
/// Every operation of the OpenAPI document is called without a token (401), with a wrong one (401) and with the right one (neither 401 nor 403 nor 5xx: an empty or senseless body is the caller's
/// fault, so it must be a 4xx). So give a service whose data may be changed by such calls.
public final class AdminContract {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Set<String> METHODS =
            Set.of("get", "put", "post", "delete", "patch", "head", "options");
    private static final String WRONG_TOKEN = "not-the-token-0123456789";

    private final URI base;
    private final String token;
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

    /// @param base of the REST port, without a path; `http` only
    /// @param token the right one
    public AdminContract(URI base, String token) {
        this.base = base;
        this.token = token;
    }

    /// One operation of the OpenAPI document.
    /// @param path with sample values in place of its parameters
    public record Operation(
            String method, String template, String path, @Nullable String contentType) {}

    public Stream<DynamicTest> tests() {
        return Stream.of(operationTests(), closedPathTests(), strangerTests(), openPathTests())
                .flatMap(tests -> tests);
    }

    /// Read from `/v3/api-docs`; fails when there are none.
    public List<Operation> operations() {
        var response = send("GET", "/v3/api-docs", null, token, Map.of());
        assertThat(response.statusCode()).as("GET /v3/api-docs").isEqualTo(200);
        JsonNode document = JSON.readTree(response.body());
        var operations = new ArrayList<Operation>();
        document.path("paths")
                .properties()
                .forEach(path ->
                        path.getValue().properties().stream()
                                .filter(entry -> METHODS.contains(entry.getKey()))
                                .forEach(entry ->
                                        operations.add(
                                                operation(
                                                        path.getKey(),
                                                        entry.getKey(),
                                                        entry.getValue()))));
        assertThat(operations).as("operations of /v3/api-docs").isNotEmpty();
        return operations;
    }

    private static Operation operation(String template, String method, JsonNode details) {
        var types = details.path("requestBody").path("content").propertyNames();
        return new Operation(
                method.toUpperCase(java.util.Locale.ROOT),
                template,
                template.replaceAll("\\{[^}]+}", "sample"),
                types.isEmpty() ? null : types.iterator().next());
    }

    private Stream<DynamicTest> operationTests() {
        return operations().stream()
                .flatMap(operation ->
                        Stream.of(
                                test(
                                        operation,
                                        "without a token gives 401",
                                        () -> assertUnauthorized(call(operation, null))),
                                test(
                                        operation,
                                        "with a wrong token gives 401",
                                        () -> assertUnauthorized(call(operation, WRONG_TOKEN))),
                                test(
                                        operation,
                                        "with the token is let in",
                                        () -> assertLetIn(call(operation, token)))));
    }

    private static DynamicTest test(
            Operation operation, String what, org.junit.jupiter.api.function.Executable body) {
        return DynamicTest.dynamicTest(
                "%s %s %s".formatted(operation.method(), operation.template(), what), body);
    }

    private HttpResponse<String> call(Operation operation, @Nullable String bearer) {
        return send(
                operation.method(), operation.path(), operation.contentType(), bearer, Map.of());
    }

    private Stream<DynamicTest> closedPathTests() {
        return Stream.of(
                        "/v3/api-docs",
                        "/v3/api-docs.yaml",
                        "/actuator",
                        "/actuator/env",
                        "/actuator/heapdump",
                        "/actuator/shutdown",
                        "/actuator/prometheus",
                        "/actuator/health/../env",
                        "/actuator/health/%2e%2e/env",
                        "/actuator/health;x/../env",
                        "/actuator/healthy",
                        "/metrics",
                        "/",
                        "/error",
                        "/admin/v1/",
                        "/no/such/path")
                .map(path ->
                        DynamicTest.dynamicTest(
                                "GET " + path + " without a token gives 401",
                                () -> assertUnauthorizedRaw(path)));
    }

    private Stream<DynamicTest> strangerTests() {
        return Stream.of(
                DynamicTest.dynamicTest(
                        "a foreign Host is refused, even with the token",
                        () ->
                                assertThat(
                                                raw(
                                                        "GET",
                                                        "/admin/v1/status",
                                                        "evil.example",
                                                        "Authorization: Bearer " + token))
                                        .startsWith("HTTP/1.1 421 ")
                                        .contains("application/problem+json")
                                        .doesNotContain("sections")),
                DynamicTest.dynamicTest(
                        "a foreign Origin is refused, even with the token",
                        () -> {
                            var response =
                                    send(
                                            "GET",
                                            "/admin/v1/status",
                                            null,
                                            token,
                                            Map.of("Origin", "https://evil.example"));
                            assertThat(response.statusCode()).isEqualTo(403);
                            assertThat(response.headers().map())
                                    .doesNotContainKey("access-control-allow-origin");
                        }),
                DynamicTest.dynamicTest(
                        "a CORS preflight is refused",
                        () -> {
                            var response =
                                    send(
                                            "OPTIONS",
                                            "/admin/v1/status",
                                            null,
                                            null,
                                            Map.of(
                                                    "Origin",
                                                    "https://evil.example",
                                                    "Access-Control-Request-Method",
                                                    "GET"));
                            assertThat(response.statusCode()).isEqualTo(403);
                            assertThat(response.headers().map())
                                    .doesNotContainKey("access-control-allow-origin");
                        }),
                DynamicTest.dynamicTest(
                        "an unknown path with the token is a 404 problem",
                        () -> {
                            var response =
                                    send("GET", "/admin/v1/no-such-thing", null, token, Map.of());
                            assertThat(response.statusCode()).isEqualTo(404);
                            assertProblem(response);
                        }));
    }

    private Stream<DynamicTest> openPathTests() {
        return Stream.of(
                        "/actuator/health",
                        "/actuator/health/liveness",
                        "/actuator/health/readiness")
                .map(path ->
                        DynamicTest.dynamicTest(
                                "GET " + path + " is open",
                                () -> {
                                    var response = send("GET", path, null, null, Map.of());
                                    assertThat(response.statusCode()).isIn(200, 503);
                                    assertThat(
                                                    JSON.readTree(response.body())
                                                            .path("status")
                                                            .asString())
                                            .isNotEmpty();
                                }));
    }

    private static void assertUnauthorized(HttpResponse<String> response) {
        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(response.headers().firstValue("WWW-Authenticate"))
                .hasValueSatisfying(challenge -> assertThat(challenge).startsWith("Bearer"));
        assertProblem(response);
    }

    private void assertUnauthorizedRaw(String path) {
        assertThat(raw("GET", path, base.getAuthority(), "Accept: */*"))
                .startsWith("HTTP/1.1 401 ")
                .contains("WWW-Authenticate: Bearer")
                .contains("application/problem+json");
    }

    private static void assertLetIn(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isNotIn(401, 403).isLessThan(500);
        if (response.statusCode() >= 400) {
            assertProblem(response);
        }
    }

    private static void assertProblem(HttpResponse<String> response) {
        assertThat(response.headers().firstValue("Content-Type"))
                .hasValueSatisfying(
                        type -> assertThat(type).startsWith("application/problem+json"));
        JsonNode problem = JSON.readTree(response.body());
        assertThat(problem.path("status").asInt()).isEqualTo(response.statusCode());
        assertThat(problem.path("type").asString()).startsWith("urn:quartet:problem:");
        assertThat(problem.path("title").asString()).isNotBlank();
        assertThat(problem.path("detail").asString()).isNotBlank();
    }

    /// @param contentType of the body `{}`; null: no body
    public HttpResponse<String> send(
            String method,
            String path,
            @Nullable String contentType,
            @Nullable String bearer,
            Map<String, String> headers) {
        var request = HttpRequest.newBuilder(base.resolve(path)).timeout(Duration.ofSeconds(20));
        request.method(
                method,
                contentType == null
                        ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofString("{}"));
        if (contentType != null) {
            request.header("Content-Type", contentType);
        }
        if (bearer != null) {
            request.header("Authorization", "Bearer " + bearer);
        }
        headers.forEach(request::header);
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted during " + method + " " + path, e);
        }
    }

    /// A request byte for byte, for what an HTTP client would not send: another Host, unnormalised paths.
    public String raw(String method, String path, String host, String header) {
        try (var socket = new Socket(base.getHost(), base.getPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write(
                            "%s %s HTTP/1.1\r\nHost: %s\r\n%s\r\nConnection: close\r\n\r\n"
                                    .formatted(method, path, host, header)
                                    .getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
