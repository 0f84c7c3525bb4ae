package dev.quartet.cli.admin;

import dev.quartet.cli.Failure;
import dev.quartet.cli.print.Json;
import dev.quartet.cli.print.Printable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Calls one service's `/admin/v1` with the admin token. What the service refuses becomes a [Failure] in its own words.
public final class AdminClient {
    private static final Duration CONNECT = Duration.ofSeconds(3);

    private final String service;
    private final Address address;
    private final HttpClient client;
    private final Map<String, String> headers;

    /// @param service as users know it
    public AdminClient(String service, Address address) {
        this.service = service;
        this.address = address;
        var builder =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .proxy(HttpClient.Builder.NO_PROXY)
                        .connectTimeout(CONNECT);
        if (address.caFile() != null && address.url().startsWith("https:")) {
            builder.sslContext(TrustedRoots.of(address.caFile()));
        }
        this.client = builder.build();
        this.headers = Map.of();
    }

    private AdminClient(
            String service, Address address, HttpClient client, Map<String, String> headers) {
        this.service = service;
        this.address = address;
        this.client = client;
        this.headers = Map.copyOf(headers);
    }

    /// The same with a header on every request.
    public AdminClient with(String header, String value) {
        var more = new HashMap<>(headers);
        more.put(header, value);
        return new AdminClient(service, address, client, more);
    }

    public Address address() {
        return address;
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

    public JsonNode put(String path, Object body, Duration timeout) {
        return checked(send("PUT", path, body, "application/json", timeout));
    }

    /// Without a body.
    public JsonNode post(String path, Duration timeout) {
        return checked(send("POST", path, null, "application/json", timeout));
    }

    /// Sends YAML documents, or none, and gets JSON.
    public JsonNode postYaml(String path, String yaml, Duration timeout) {
        return checked(
                exchange(
                        request(path, "application/json", timeout)
                                .header("content-type", "application/yaml")
                                .POST(HttpRequest.BodyPublishers.ofString(yaml))
                                .build()));
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
            var request =
                    HttpRequest.newBuilder(URI.create(address.url() + path))
                            .timeout(timeout)
                            .header("authorization", "Bearer " + token())
                            .header("accept", accept + ", application/problem+json");
            headers.forEach(request::header);
            return request;
        } catch (IllegalArgumentException wrong) {
            throw new Failure(
                    "\"" + address.url() + "\" is no URL of " + service,
                    "write it as http://127.0.0.1:8080 or https://" + label() + ":8080",
                    wrong);
        }
    }

    private HttpResponse<String> exchange(HttpRequest request) {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException failure) {
            if (failure instanceof SSLException && hasCause(failure, CertificateException.class)) {
                throw new Failure(
                        service
                                + " at "
                                + address.url()
                                + " cannot be trusted ("
                                + reason(failure)
                                + ")",
                        address.caFile() == null
                                ? "name the mesh's root certificate with --ca-file or MESH_CA_FILE"
                                : address.caFile()
                                        + " must hold the root certificate of that very mesh, and the address be one of the names in the service's certificate",
                        failure);
            }
            throw new Failure(
                    service + " does not answer at " + address.url() + " (" + reason(failure) + ")",
                    address.local()
                            ? "see ./mesh status and ./mesh logs "
                                    + label()
                                    + "; start it with ./mesh up"
                            : "see whether it runs, and whether that is its address",
                    failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new Failure("interrupted while waiting for " + service, "", interrupted);
        }
    }

    private String label() {
        return service.toLowerCase(Locale.ROOT);
    }

    private static String reason(IOException failure) {
        if (failure.getMessage() != null) {
            return failure.getMessage();
        }
        return hasCause(failure, UnresolvedAddressException.class)
                ? "there is no such host"
                : failure instanceof ConnectException
                        ? "connection refused"
                        : failure.getClass().getSimpleName();
    }

    private static boolean hasCause(Throwable failure, Class<? extends Throwable> type) {
        for (var cause = failure; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return true;
            }
        }
        return false;
    }

    private JsonNode checked(HttpResponse<String> answer) {
        var json = Json.lenient(answer.body());
        if (answer.statusCode() / 100 == 2) {
            return json;
        }
        if (answer.statusCode() == 401) {
            throw new Failure(
                    service
                            + " at "
                            + address.url()
                            + " refuses the admin token in "
                            + address.tokenFile(),
                    "use the token file of that mesh (--home, or --token-file)");
        }
        throw new Failure(refusal(answer.statusCode(), json), fix(json));
    }

    /// `text` as it may stand in a path or a query.
    public static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /// A problem+json (RFC 9457) in lines: what it says, then each problem.
    private String refusal(int status, JsonNode json) {
        // text that is no JSON comes from who is no service of ours, or speaks TLS only
        var said =
                json.isString()
                        ? "status " + status + ", " + json.asString().strip()
                        : json.path("detail")
                                .asString(json.path("title").asString("status " + status));
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
            return Files.readString(address.tokenFile()).strip();
        } catch (IOException failure) {
            throw new Failure(
                    "cannot read the admin token in " + address.tokenFile(),
                    address.local()
                            ? "start a mesh with ./mesh up, or say with --home where one is"
                            : "start that mesh, or name the file with --token-file or MESH_TOKEN_FILE",
                    failure);
        }
    }
}
