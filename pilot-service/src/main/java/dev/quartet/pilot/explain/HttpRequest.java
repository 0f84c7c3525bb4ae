package dev.quartet.pilot.explain;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/// A request as Envoy's routes see it.
///
/// @param path with the query
/// @param headers by name in lower case, with `:method` and the like
record HttpRequest(
        String authority, String method, String path, SortedMap<String, String> headers) {

    /// @param scheme `http`, or `https` behind TLS
    static HttpRequest of(
            String authority,
            String method,
            String path,
            String scheme,
            Map<String, String> headers,
            UnaryOperator<String> normalization) {
        var all = new TreeMap<>(headers);
        var seen = normalization.apply(path);
        all.put(":authority", authority);
        all.put(":method", method);
        all.put(":path", seen);
        all.put(":scheme", scheme);
        return new HttpRequest(authority, method, seen, all);
    }

    Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name.toLowerCase(java.util.Locale.ROOT)));
    }

    String pathWithoutQuery() {
        var end = end(path);
        return path.substring(0, end);
    }

    /// From `?` on; empty where there is none.
    String query() {
        return path.substring(end(path));
    }

    private static int end(String path) {
        var query = path.indexOf('?');
        var fragment = path.indexOf('#');
        if (query < 0) {
            return fragment < 0 ? path.length() : fragment;
        }
        return fragment < 0 ? query : Math.min(query, fragment);
    }

    /// The first value of each.
    Map<String, String> parameters() {
        var parameters = new LinkedHashMap<String, String>();
        var query = query();
        if (!query.startsWith("?")) {
            return parameters;
        }
        for (var pair : query.substring(1).split("&", -1)) {
            var equals = pair.indexOf('=');
            parameters.putIfAbsent(
                    decoded(equals < 0 ? pair : pair.substring(0, equals)),
                    equals < 0 ? "" : decoded(pair.substring(equals + 1)));
        }
        return parameters;
    }

    /// As Envoy compares them: escapes are taken back, `+` stays.
    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            return text;
        }
    }

    /// `/a/./b/../c` is `/a/c` (RFC 3986, section 6); the query stays as it is.
    static String normalized(String path) {
        var end = end(path);
        var plain = path.substring(0, end).replace('\\', '/');
        var parts = new ArrayDeque<String>();
        var segments = plain.split("/", -1);
        var open = plain.endsWith("/") || plain.endsWith("/.") || plain.endsWith("/..");
        for (int i = 1; i < segments.length; i++) {
            switch (segments[i]) {
                case "." -> {}
                case ".." -> parts.pollLast();
                default -> {
                    if (i < segments.length - 1 || !segments[i].isEmpty()) {
                        parts.addLast(segments[i]);
                    }
                }
            }
        }
        var text = "/" + String.join("/", parts);
        return (open && !text.endsWith("/") ? text + "/" : text) + path.substring(end);
    }
}
