package dev.quartet.galley;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A started Galley's REST, with its admin token.
record GalleyRest(URI base, String token, HttpClient http) {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    static GalleyRest of(ConfigurableApplicationContext galley, Path state) throws IOException {
        var port = galley.getEnvironment().getRequiredProperty("local.server.port");
        return new GalleyRest(
                URI.create("http://127.0.0.1:" + port),
                Files.readString(state.resolve("admin-token")).strip(),
                HttpClient.newHttpClient());
    }

    HttpRequest.Builder request(String path, String... headers) {
        var request =
                HttpRequest.newBuilder(base.resolve(path))
                        .header("Authorization", "Bearer " + token);
        return headers.length == 0 ? request : request.headers(headers);
    }

    HttpResponse<String> send(HttpRequest.Builder request)
            throws IOException, InterruptedException {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path, String... headers)
            throws IOException, InterruptedException {
        return send(request(path, headers));
    }

    HttpResponse<String> post(String path, String type, String body, String... headers)
            throws IOException, InterruptedException {
        return send(
                request(path, headers)
                        .header("Content-Type", type)
                        .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    HttpResponse<String> put(String path, String yaml, String... headers)
            throws IOException, InterruptedException {
        return send(
                request(path, headers)
                        .header("Content-Type", "application/yaml")
                        .PUT(HttpRequest.BodyPublishers.ofString(yaml)));
    }

    HttpResponse<String> delete(String path, String... headers)
            throws IOException, InterruptedException {
        return send(request(path, headers).DELETE());
    }

    /// Applies documents, which must be let in.
    JsonNode apply(String yaml, String... headers) throws IOException, InterruptedException {
        return json(post("/admin/v1/config/apply", "application/yaml", yaml, headers));
    }

    JsonNode getJson(String path) throws IOException, InterruptedException {
        return json(get(path));
    }

    static JsonNode json(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isIn(200, 201);
        return JSON.readTree(answer.body());
    }

    /// The words of a refusal.
    static String detail(HttpResponse<String> refusal) {
        assertThat(refusal.headers().firstValue("Content-Type"))
                .hasValue("application/problem+json");
        return JSON.readTree(refusal.body()).path("detail").stringValue();
    }
}
