package dev.quartet.cli.admin;

import dev.quartet.cli.Failure;
import dev.quartet.cli.print.Json;
import dev.quartet.cli.print.Printable;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Calls one service's `/admin/v1` with the admin token. What the service refuses becomes a [Failure] in its own words.
public final class AdminClient {
    private static final Duration CONNECT = Duration.ofSeconds(3);

    private final String service;
    private final String url;
    private final Path tokenFile;
    private final HttpClient client =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .proxy(HttpClient.Builder.NO_PROXY)
                    .connectTimeout(CONNECT)
                    .build();

    /// @param service as users know it
    /// @param url without a path
    public AdminClient(String service, String url, Path tokenFile) {
        this.service = service;
        this.url = url.replaceFirst("/+$", "");
        this.tokenFile = tokenFile;
    }

    public JsonNode get(String path, Duration timeout) {
        return checked(send("GET", path, null, "application/json", timeout));
    }

    /// The answer as text of another type.
    public String text(String path, String type, Duration timeout) {
        var answer = send("GET", path, null, type, timeout);
        checked(answer);
        return answer.body();
    }

    public JsonNode post(String path, Object body, Duration timeout) {
        return checked(send("POST", path, body, "application/json", timeout));
    }

    /// Sends text of a type and gets the same type back.
    public String post(String path, String text, String type, Duration timeout) {
        var answer =
                exchange(
                        request(path, type, timeout)
                                .header("content-type", type)
                                .POST(HttpRequest.BodyPublishers.ofString(text))
                                .build());
        checked(answer);
        return answer.body();
    }

    public JsonNode delete(String path, Duration timeout) {
        return checked(send("DELETE", path, null, "application/json", timeout));
    }

    /// The answer whatever its status; only a service that cannot be reached is a failure.
    public HttpResponse<String> send(
            String method, String path, @Nullable Object body, String accept, Duration timeout) {
        var request = request(path, accept, timeout);
        if (body == null) {
            request.method(method, HttpRequest.BodyPublishers.noBody());
        } else {
            request.method(
                            method,
                            HttpRequest.BodyPublishers.ofString(
                                    Json.MAPPER.writeValueAsString(body)))
                    .header("content-type", "application/json");
        }
        return exchange(request.build());
    }

    private HttpRequest.Builder request(String path, String accept, Duration timeout) {
        try {
            return HttpRequest.newBuilder(URI.create(url + path))
                    .timeout(timeout)
                    .header("authorization", "Bearer " + token())
                    .header("accept", accept + ", application/problem+json");
        } catch (IllegalArgumentException wrong) {
            throw new Failure(
                    "\"" + url + "\" is no URL of " + service,
                    "write it as http://127.0.0.1:8080",
                    wrong);
        }
    }

    private HttpResponse<String> exchange(HttpRequest request) {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException failure) {
            var reason =
                    failure.getMessage() == null
                            ? failure.getClass().getSimpleName()
                            : failure.getMessage();
            throw new Failure(
                    service + " does not answer at " + url + " (" + reason + ")",
                    "see ./mesh status and ./mesh logs "
                            + service.toLowerCase(Locale.ROOT)
                            + "; start it with ./mesh up",
                    failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new Failure("interrupted while waiting for " + service, "", interrupted);
        }
    }

    private JsonNode checked(HttpResponse<String> answer) {
        var json = Json.lenient(answer.body());
        if (answer.statusCode() / 100 == 2) {
            return json;
        }
        if (answer.statusCode() == 401) {
            throw new Failure(
                    service + " at " + url + " refuses the admin token in " + tokenFile,
                    "use the token file of that mesh (--home DIR)");
        }
        throw new Failure(refusal(answer.statusCode(), json), fix(json));
    }

    /// `text` as it may stand in a path or a query.
    public static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /// A problem+json (RFC 9457) in lines: what it says, then each problem.
    private String refusal(int status, JsonNode json) {
        var said = json.path("detail").asString(json.path("title").asString("status " + status));
        var lines = new ArrayList<String>();
        lines.add(service + " refused: " + Printable.of(said));
        problems(json).forEach(problem -> lines.add("  " + problem));
        return String.join("\n", lines);
    }

    private static String fix(JsonNode json) {
        return Printable.of(json.path("fix").asString(""));
    }

    /// The `problems` of an answer, one line each.
    private static List<String> problems(JsonNode json) {
        var lines = new ArrayList<String>();
        for (var problem : json.path("problems")) {
            lines.add(
                    Printable.line(
                            problem.isString()
                                    ? problem.asString()
                                    : problem.path("text").asString(problem.toString())));
        }
        return lines;
    }

    private String token() {
        try {
            return Files.readString(tokenFile).strip();
        } catch (IOException failure) {
            throw new Failure(
                    "cannot read the admin token in " + tokenFile,
                    "start a mesh with ./mesh up, or say with --home where one is",
                    failure);
        }
    }
}
