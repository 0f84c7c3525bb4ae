package dev.quartet.pilot.traffic;

import dev.quartet.pilot.Tokens;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// A file that shows by requests what a config does: a first document that says who asks for what and what is to come of
/// it, then what the user writes. The shop of `shop.yaml` is there in every case, unless the case writes a resource of it
/// anew.
///
/// ```yaml
/// # what the case shows
/// covers: [VirtualService.http.timeout]   # the fields that it shows; see FieldIds
/// proxy: storefront-v1                    # who asks: the sidecar `storefront-v1`, or `gateway`
/// requests:
/// - get: http://reviews:9080/a?b=c        # or put, options, …; `grpc`; `websocket`
///   through: 127.0.7.200:7000             # a listener of the proxy; its HTTP proxy, or the gateway's, when left out
///   sni: web.example.com                  # by TLS, with this name, which nobody verifies
///   certificate: client                   # of the caller, in that TLS: see Upstreams
///   trusts: root                          # whose signature the server's certificate must have; any when left out
///   headers: {x-answer: "503,200"}        # also what the server is to do: see Upstreams; tokens: see Tokens
///   times: 40                             # one after the other; once when left out
///   held: 1                               # as many other such requests are on their way meanwhile
///   expect:                               # what is left out is not looked at
///     status: 200                         # 0 when the connection is closed; or shares of many, in percent: {200: 50, 503: 50}
///     from: reviews-v1                    # who answered, or shares: {reviews-v1: 25, reviews-v2: 75}
///     within: 15                          # how far a share may be off; 12 when left out
///     sticky: true                        # whether all answers are from one workload
///     seen: {":path": /b, x: ~}           # what the server saw; ~ is absent, /…/ a regular expression
///     headers: {location: http://b/}      # of the answer, in the same way
///     body: words                         # a part of it
///     reached: {reviews-v1: 2}            # who got the request, counting retries and copies
///     attempts: 2                         # the same as a number, and
///     workloads: 1                        # how many different ones they were
///     stats: {x: 1}                       # by how much Envoy's counters rise; `*` begins a name that differs
///     logged: [GET /a 200]                # parts of lines of the access log `/etc/test-certs/access.log`
///     config: ['"max_retries": 3']        # parts of what Envoy has in force, for what no request can show
/// ---
/// ```
///
/// @param name the folder and the file
record TrafficCase(
        String name,
        String title,
        Path file,
        List<String> covers,
        String proxy,
        List<Request> requests,
        String config) {

    /// @param method an HTTP method, `GRPC` or `WEBSOCKET`
    /// @param through the listener's address and port; empty: the proxy's own
    /// @param sni empty: no TLS
    /// @param certificate name of the caller's, `client` for `client.pem` and `client-key.pem`; empty: it shows none
    /// @param trusts name of the CA's; empty: any certificate of the server will do
    /// @param expect by what is looked at
    record Request(
            String method,
            String url,
            String through,
            String sni,
            String certificate,
            String trusts,
            Map<String, String> headers,
            int times,
            int held,
            Map<String, @Nullable Object> expect) {}

    static final Path FOLDER =
            Path.of(System.getProperty("basedir", ""), "src", "test", "resources", "traffic")
                    .toAbsolutePath();

    private static final List<String> METHODS =
            List.of("get", "head", "put", "post", "options", "delete", "grpc", "websocket");

    static List<TrafficCase> all() {
        try (var files = Files.walk(FOLDER)) {
            return files.filter(file -> file.toString().endsWith(".yaml"))
                    .filter(file -> FOLDER.relativize(file).getNameCount() > 1)
                    .sorted()
                    .map(TrafficCase::read)
                    .toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// The resources that every case has.
    static String shop() {
        return text(FOLDER.resolve("shop.yaml"));
    }

    private static TrafficCase read(Path file) {
        var text = text(file);
        var name = FOLDER.relativize(file).toString().replace(".yaml", "");
        var end = text.indexOf("\n---\n");
        var first = text.lines().findFirst().orElse("");
        if (!first.startsWith("# ") || end < 0) {
            throw new AssertionError(
                    file
                            + ":1: a case begins with a comment that says what it shows, then a head, then `---` and the config");
        }
        try {
            var head =
                    map(
                            new Load(LoadSettings.builder().build())
                                    .loadFromString(text.substring(0, end)));
            var requests =
                    list(head.get("requests")).stream()
                            .map(TrafficCase::map)
                            .map(TrafficCase::request)
                            .toList();
            var covers = list(head.get("covers")).stream().map(String::valueOf).toList();
            return new TrafficCase(
                    name,
                    first.substring(2),
                    file,
                    covers,
                    String.valueOf(head.get("proxy")),
                    requests,
                    text.substring(end + 5));
        } catch (RuntimeException wrong) {
            throw new AssertionError(file + ": " + wrong.getMessage(), wrong);
        }
    }

    private static Request request(Map<String, @Nullable Object> written) {
        var method =
                METHODS.stream()
                        .filter(written::containsKey)
                        .findFirst()
                        .orElseThrow(() ->
                                new IllegalArgumentException("a request has one of " + METHODS));
        var headers = new java.util.LinkedHashMap<String, String>();
        map(written.get("headers"))
                .forEach((name, value) -> headers.put(name, Tokens.placed(String.valueOf(value))));
        return new Request(
                method.toUpperCase(java.util.Locale.ROOT),
                Tokens.placed(String.valueOf(written.get(method))),
                text(written, "through"),
                text(written, "sni"),
                text(written, "certificate"),
                text(written, "trusts"),
                headers,
                number(written.get("times"), 1),
                number(written.get("held"), 0),
                map(written.get("expect")));
    }

    private static String text(Map<String, @Nullable Object> written, String field) {
        return written.get(field) instanceof String text ? text : "";
    }

    static int number(@Nullable Object written, int otherwise) {
        return written instanceof Number number ? number.intValue() : otherwise;
    }

    static List<?> list(@Nullable Object written) {
        return written instanceof List<?> list ? list : List.of();
    }

    static Map<String, @Nullable Object> map(@Nullable Object written) {
        var map = new java.util.LinkedHashMap<String, @Nullable Object>();
        if (written instanceof Map<?, ?> entries) {
            entries.forEach((key, value) -> map.put(String.valueOf(key), value));
        }
        return map;
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
