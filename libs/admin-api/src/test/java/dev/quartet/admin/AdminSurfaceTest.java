package dev.quartet.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.admin.testing.AdminContract;
import dev.quartet.admin.testing.MetricsContract;
import dev.quartet.identity.AdminToken;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The started service, by HTTP.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AdminSurfaceTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final HttpClient client = HttpClient.newHttpClient();
    private final Path state;
    private final ConfigurableApplicationContext service;
    private final String token;
    private final URI base;

    AdminSurfaceTest(@TempDir Path folder) {
        state = folder.resolve("state");
        service =
                SpringApplication.run(
                        PlainService.class,
                        "--spring.application.name=plain",
                        "--server.port=0",
                        "--quartet.metrics.port=0",
                        "--quartet.state-dir=" + state,
                        "--quartet.admin.max-body-size=1KB",
                        "--server.tomcat.connection-timeout=1s",
                        "--server.tomcat.keep-alive-timeout=30s",
                        "--quartet.admin.allowed-hosts=mesh.example",
                        "--quartet.admin.allowed-origins=https://console.example");
        token = service.getBean(AdminToken.class).reveal();
        base =
                URI.create(
                        "http://127.0.0.1:"
                                + service.getEnvironment()
                                        .getRequiredProperty("local.server.port"));
    }

    @AfterAll
    void stop() {
        service.close();
    }

    @TestFactory
    Stream<DynamicTest> keepsTheAdminContract() {
        return new AdminContract(base, token).tests();
    }

    @Test
    void makesTokenAndStateFolderForItsOwnerOnly() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(state)))
                .isEqualTo("rwx------");
        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(state.resolve("admin-token"))))
                .isEqualTo("rw-------");
        assertThat(Files.readString(state.resolve("admin-token")).strip())
                .isEqualTo(token)
                .hasSizeGreaterThan(30);
    }

    @Test
    void refusalSaysWhatToDoAndNothingOfTheConfiguration() throws Exception {
        var response =
                client.send(
                        HttpRequest.newBuilder(base.resolve("/admin/v1/status")).build(),
                        BodyHandlers.ofString());

        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(response.body())
                .contains("./mesh", "quartet.admin.token-file")
                .doesNotContain(state.toString(), token, "revision");
    }

    @Test
    void probesAreOnTheOpenPortAndSayNothingElse() throws Exception {
        var open = URI.create("http://127.0.0.1:" + service.getBean(MetricsServer.class).port());

        for (var path : List.of("/healthz/live", "/healthz/ready")) {
            var answer =
                    client.send(
                            HttpRequest.newBuilder(open.resolve(path)).build(),
                            BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(path).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("UP\n");
        }
        AvailabilityChangeEvent.publish(service, ReadinessState.REFUSING_TRAFFIC);
        try {
            var answer =
                    client.send(
                            HttpRequest.newBuilder(open.resolve("/healthz/ready")).build(),
                            BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.body()).isEqualTo("waits for: readinessState=OUT_OF_SERVICE\n");
        } finally {
            AvailabilityChangeEvent.publish(service, ReadinessState.ACCEPTING_TRAFFIC);
        }
    }

    @Test
    void letsConfiguredNamesAndOriginsIn() {
        var contract = new AdminContract(base, token);

        assertThat(
                        contract.raw(
                                "GET",
                                "/admin/v1/status",
                                "MESH.example.",
                                "Authorization: bearer " + token))
                .startsWith("HTTP/1.1 200 ");
        assertThat(
                        contract.raw(
                                "GET",
                                "/admin/v1/status",
                                "localhost:1",
                                "Authorization: Bearer " + token))
                .startsWith("HTTP/1.1 200 ");
        assertThat(
                        contract.raw(
                                "GET",
                                "/admin/v1/status",
                                "[::1]",
                                "Authorization: Bearer " + token))
                .startsWith("HTTP/1.1 200 ");
        assertThat(
                        contract.raw(
                                "GET",
                                "/admin/v1/status",
                                "127.0.0.1.evil.example",
                                "Authorization: Bearer " + token))
                .startsWith("HTTP/1.1 421 ");
        assertThat(
                        contract.send(
                                        "GET",
                                        "/admin/v1/status",
                                        null,
                                        token,
                                        Map.of("Origin", "https://console.example"))
                                .statusCode())
                .isEqualTo(200);
        assertThat(
                        contract.send(
                                        "GET",
                                        "/admin/v1/status",
                                        null,
                                        token,
                                        Map.of("Origin", "null"))
                                .statusCode())
                .isEqualTo(403);
    }

    @Test
    void statusHasSectionsAndSurvivesABrokenOne() throws Exception {
        var response = get("/admin/v1/status");

        JsonNode status = JSON.readTree(response.body());
        assertThat(status.path("service").asString()).isEqualTo("plain");
        assertThat(status.path("version").asString()).isNotBlank();
        assertThat(status.path("startedAt").asString()).matches("\\d{4}-\\d\\d-\\d\\dT.*Z");
        assertThat(status.path("pid").asLong()).isEqualTo(ProcessHandle.current().pid());
        assertThat(status.path("sections").path("config").path("revision").asString())
                .isEqualTo("r1");
        assertThat(status.path("sections").path("broken").path("error").asString()).isNotBlank();
        assertThat(response.body()).doesNotContain("secret detail");
    }

    @Test
    void printsTheMetricsThatTheDocumentLists() {
        new MetricsContract(
                        Path.of("../../docs/metrics.md"),
                        "Every service",
                        URI.create(
                                "http://127.0.0.1:%d/metrics"
                                        .formatted(service.getBean(MetricsServer.class).port())))
                .verify();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void tellsHowMuchMemoryTheProcessHolds() throws Exception {
        var port = service.getBean(MetricsServer.class).port();
        var text =
                client.send(
                                HttpRequest.newBuilder(
                                                URI.create(
                                                        "http://127.0.0.1:%d/metrics"
                                                                .formatted(port)))
                                        .build(),
                                BodyHandlers.ofString())
                        .body();

        assertThat(text.lines().filter(line -> line.startsWith("process_resident_memory_bytes ")))
                .singleElement()
                .satisfies(line ->
                        assertThat(Double.parseDouble(line.split(" ")[1])).isBetween(30e6, 30e9));
    }

    @Test
    void changesALogLevelAndBack() throws Exception {
        var parent = level(get("/admin/v1/loggers/ROOT"));

        var changed =
                send(
                        "PUT",
                        "/admin/v1/loggers/dev.quartet.some",
                        "application/json",
                        "{\"level\":\"debug\"}");
        var read = get("/admin/v1/loggers/dev.quartet.some");
        var listed = get("/admin/v1/loggers?prefix=dev.quartet.some");
        var reset =
                send(
                        "PUT",
                        "/admin/v1/loggers/dev.quartet.some",
                        "application/json",
                        "{\"level\":null}");

        assertThat(changed.statusCode()).isEqualTo(200);
        assertThat(level(read)).isEqualTo("DEBUG").isNotEqualTo(parent);
        assertThat(JSON.readTree(listed.body())).hasSize(1);
        assertThat(level(reset)).isEqualTo(parent);
    }

    private static String level(HttpResponse<String> logger) {
        return JSON.readTree(logger.body()).path("effectiveLevel").asString();
    }

    @Test
    void refusesALevelThatDoesNotExist() throws Exception {
        var response =
                send(
                        "PUT",
                        "/admin/v1/loggers/dev.quartet",
                        "application/json",
                        "{\"level\":\"LOUD\"}");

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("LOUD", "DEBUG");
    }

    @Test
    void everyErrorIsAProblem() throws Exception {
        assertProblem(
                send("DELETE", "/admin/v1/status", null, ""), 405, "method-not-allowed", "GET");
        assertProblem(
                send("POST", "/admin/v1/things", "text/plain", "x"),
                415,
                "unsupported-media-type",
                "application/json");
        assertProblem(
                send("POST", "/admin/v1/things", "application/json", "{\"name\":\n 5x"),
                400,
                "bad-request",
                "line 2");
        assertProblem(
                send(
                        "POST",
                        "/admin/v1/things",
                        "application/json",
                        "{\"name\":\"a\",\"size\":1,\"colour\":2}"),
                400,
                "bad-request",
                "colour");
        assertProblem(
                send("POST", "/admin/v1/things", "application/json", ""),
                400,
                "bad-request",
                "body");
        assertProblem(
                send("GET", "/admin/v1/things/x", null, ""), 404, "not-found", "there is no thing");
        assertProblem(get("/admin/v1/things/x"), 404, "not-found", "\"known\":[\"a\",\"b\"]");
        assertThat(send("DELETE", "/admin/v1/status", null, "").headers().firstValue("Allow"))
                .hasValueSatisfying(allow -> assertThat(allow).contains("GET"));
    }

    @Test
    void aBugIsToldByAReferenceOnly() throws Exception {
        var response = get("/admin/v1/things/bug");

        assertProblem(response, 500, "internal-server-error", "reference");
        assertThat(response.body()).doesNotContain("hunter2", "IllegalState");
    }

    @Test
    void refusesABodyOverTheLimitWithAndWithoutItsLength() throws Exception {
        String large = "x".repeat(2000);

        assertProblem(
                send("POST", "/admin/v1/things/raw", "application/octet-stream", large),
                413,
                ProblemJson.typeOf(413),
                "1024");
        var chunked =
                request("/admin/v1/things/raw")
                        .header("Content-Type", "application/octet-stream")
                        .POST(
                                BodyPublishers.ofInputStream(() ->
                                        new java.io.ByteArrayInputStream(
                                                large.getBytes(StandardCharsets.US_ASCII))));
        assertProblem(
                client.send(chunked.build(), BodyHandlers.ofString()),
                413,
                ProblemJson.typeOf(413),
                "1024");
        assertProblem(
                send(
                        "POST",
                        "/admin/v1/things",
                        "application/json",
                        "{\"name\":\"" + large + "\"}"),
                413,
                ProblemJson.typeOf(413),
                "1024");
    }

    @Test
    void aBodyThatDoesNotComeIsAnsweredInTime() throws Exception {
        try (var socket = new Socket("127.0.0.1", base.getPort())) {
            socket.setSoTimeout(20_000);
            String head =
                    "POST /admin/v1/things HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{";
            socket.getOutputStream()
                    .write(head.formatted(token).getBytes(StandardCharsets.US_ASCII));
            String answer =
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(answer)
                    .startsWith("HTTP/1.1 408 ")
                    .contains("application/problem+json", "did not arrive in time");
        }
    }

    @Test
    void aBodyThatTricklesInIsEndedByItsDeadline() throws Exception {
        var clock = new java.util.concurrent.atomic.AtomicReference<>(java.time.Instant.EPOCH);
        var limit =
                new BodyLimit(
                        1000,
                        java.time.Duration.ofSeconds(30),
                        new java.time.Clock() {
                            @Override
                            public java.time.Instant instant() {
                                return clock.get();
                            }

                            @Override
                            public java.time.ZoneId getZone() {
                                return java.time.ZoneOffset.UTC;
                            }

                            @Override
                            public java.time.Clock withZone(java.time.ZoneId zone) {
                                return this;
                            }
                        });
        var request = new org.springframework.mock.web.MockHttpServletRequest("POST", "/");
        request.setContent(new byte[10]);

        limit.doFilter(
                request,
                new org.springframework.mock.web.MockHttpServletResponse(),
                (limited, response) -> {
                    var body = limited.getInputStream();
                    assertThat(body.read()).isZero();
                    clock.set(java.time.Instant.EPOCH.plusSeconds(31));
                    org.assertj.core.api.Assertions.assertThatThrownBy(body::read)
                            .isInstanceOf(java.net.SocketTimeoutException.class);
                });
    }

    @Test
    void answersWhatIsNotHttpByAProblem() throws Exception {
        try (var socket = new Socket("127.0.0.1", base.getPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write(
                            "GET /a b c HTTP/1.1\r\nHost: localhost\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
            String answer =
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(answer)
                    .startsWith("HTTP/1.1 400 ")
                    .contains("application/problem+json")
                    .doesNotContain("Tomcat", "<html");
        }
    }

    @Test
    void openApiNamesTheSecurityScheme() throws Exception {
        JsonNode document = JSON.readTree(get("/v3/api-docs").body());

        assertThat(
                        document.path("components")
                                .path("securitySchemes")
                                .path("adminToken")
                                .path("scheme")
                                .asString())
                .isEqualTo("bearer");
        assertThat(document.path("security").get(0).has("adminToken")).isTrue();
        assertThat(document.path("paths").propertyNames())
                .contains(
                        "/admin/v1/status",
                        "/admin/v1/loggers",
                        "/admin/v1/loggers/{name}",
                        "/admin/v1/things")
                .noneMatch(path -> path.startsWith("/error") || path.startsWith("/actuator"));
    }

    @Test
    void metricsPortIsOpenAndShowsMetricsOnly() throws Exception {
        URI metrics = URI.create("http://127.0.0.1:" + service.getBean(MetricsServer.class).port());

        var text =
                client.send(
                        HttpRequest.newBuilder(metrics.resolve("/metrics")).build(),
                        BodyHandlers.ofString());
        var admin =
                client.send(
                        HttpRequest.newBuilder(metrics.resolve("/admin/v1/status")).build(),
                        BodyHandlers.ofString());
        var post =
                client.send(
                        HttpRequest.newBuilder(metrics.resolve("/metrics"))
                                .POST(BodyPublishers.noBody())
                                .build(),
                        BodyHandlers.ofString());

        assertThat(text.statusCode()).isEqualTo(200);
        assertThat(text.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain"));
        assertThat(text.body())
                .contains("istio_build{component=\"plain\",tag=\"", "jvm_memory_used_bytes");
        assertThat(admin.statusCode()).isEqualTo(404);
        assertThat(post.statusCode()).isEqualTo(405);
    }

    private HttpResponse<String> get(String path) throws Exception {
        return client.send(request(path).build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> send(
            String method,
            String path,
            @org.jspecify.annotations.Nullable String contentType,
            String body)
            throws Exception {
        var request =
                request(path)
                        .method(
                                method,
                                body.isEmpty()
                                        ? BodyPublishers.noBody()
                                        : BodyPublishers.ofString(body));
        if (contentType != null) {
            request.header("Content-Type", contentType);
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(base.resolve(path))
                .header("Authorization", "Bearer " + token);
    }

    private static void assertProblem(
            HttpResponse<String> response, int status, String type, String inBody) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type"))
                .hasValue("application/problem+json");
        JsonNode problem = JSON.readTree(response.body());
        assertThat(problem.path("type").asString()).isEqualTo("urn:quartet:problem:" + type);
        assertThat(problem.path("status").asInt()).isEqualTo(status);
        assertThat(problem.path("title").asString()).isNotBlank();
        assertThat(problem.path("detail").asString()).isNotBlank();
        assertThat(response.body()).contains(inBody);
    }
}
