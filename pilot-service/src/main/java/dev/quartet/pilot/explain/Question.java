package dev.quartet.pilot.explain;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// The request that is asked about.
///
/// @param scheme how the client speaks
/// @param authority as the client writes it: `reviews:9080`
/// @param host of it, in lower case
/// @param path with the query
/// @param headers by name in lower case
/// @param to address and port that the client connects to; empty: where the host's name leads
/// @param sni server name that the client's TLS asks for; empty: it begins none
public record Question(
        Scheme scheme,
        String method,
        String authority,
        String host,
        int port,
        String path,
        SortedMap<String, String> headers,
        Optional<String> to,
        Optional<String> sni) {

    /// What the client says on its connection.
    public enum Scheme {
        HTTP(80),
        GRPC(80),

        /// TLS that the client begins itself, so that no proxy sees what is in it.
        HTTPS(443),
        TLS(443),
        TCP(0);

        private final int port;

        Scheme(int port) {
            this.port = port;
        }

        boolean isHttp() {
            return this == HTTP || this == GRPC;
        }

        boolean isTls() {
            return this == HTTPS || this == TLS;
        }

        String words() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// @param url `http://reviews:9080/reviews/1`; also `https`, `grpc`, `tls`, `tcp`; without a scheme it is HTTP
    /// @param method empty: GET, or POST for gRPC
    /// @param to empty: where the host's name leads
    /// @throws IllegalArgumentException with words for the user when it is no such URL
    public static Question of(String url, String method, Map<String, String> headers, String to) {
        return of(url, method, headers, to, "");
    }

    /// @param sni another server name than the URL's host; empty: that one, for TLS
    public static Question of(
            String url, String method, Map<String, String> headers, String to, String sni) {
        var uri = uri(url.contains("://") ? url : "http://" + url);
        var scheme = scheme(uri.getScheme(), url);
        var lower = new TreeMap<String, String>();
        headers.forEach((name, value) ->
                lower.merge(
                        name.toLowerCase(Locale.ROOT).strip(),
                        value.strip(),
                        (a, b) -> a + "," + b));
        var named = lower.remove("host");
        if (lower.get(":authority") != null) {
            named = lower.remove(":authority");
        }
        var authority = uri.getRawAuthority();
        if (authority == null || authority.isEmpty()) {
            throw new IllegalArgumentException(
                    "\"%s\" names no host; write it as http://reviews:9080/path".formatted(url));
        }
        var port = port(authority);
        if (scheme.isHttp() && named != null) {
            authority = named;
        }
        if (scheme == Scheme.TCP && port == 0 && to.isEmpty()) {
            throw new IllegalArgumentException(
                    "\"%s\" names no port; write it as tcp://mysql:3306".formatted(url));
        }
        if (scheme == Scheme.GRPC) {
            lower.putIfAbsent("content-type", "application/grpc");
            lower.putIfAbsent("te", "trailers");
        }
        if (!to.isEmpty() && port(to) == 0) {
            throw new IllegalArgumentException(
                    "\"%s\" is no address and port; write it as 10.0.0.7:9080".formatted(to));
        }
        var path =
                (uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath())
                        + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery());
        var host = host(authority);
        var name = sni.isEmpty() && scheme.isTls() && !isAddress(host) ? host : sni;
        return new Question(
                scheme,
                method.isEmpty()
                        ? scheme == Scheme.GRPC ? "POST" : "GET"
                        : method.toUpperCase(Locale.ROOT),
                authority,
                host,
                port == 0 ? scheme.port : port,
                path,
                lower,
                to.isEmpty() ? Optional.empty() : Optional.of(to),
                name.isEmpty() ? Optional.empty() : Optional.of(name.toLowerCase(Locale.ROOT)));
    }

    private static URI uri(String url) {
        try {
            return new URI(url);
        } catch (URISyntaxException wrong) {
            throw new IllegalArgumentException(
                    "\"%s\" is no URL (%s); write it as http://reviews:9080/path"
                            .formatted(url, wrong.getReason()),
                    wrong);
        }
    }

    private static Scheme scheme(String written, String url) {
        for (var scheme : Scheme.values()) {
            if (scheme.words().equalsIgnoreCase(written)) {
                return scheme;
            }
        }
        throw new IllegalArgumentException(
                "\"%s\": there is no scheme \"%s\" here; use http, grpc, https, tls or tcp"
                        .formatted(url, written));
    }

    /// @return 0 where none is written
    private static int port(String authority) {
        var bracket = authority.indexOf(']');
        var colon = authority.lastIndexOf(':');
        if (colon <= bracket || colon == authority.length() - 1) {
            return 0;
        }
        try {
            var port = Integer.parseInt(authority.substring(colon + 1));
            if (port > 0 && port <= 0xffff) {
                return port;
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw new IllegalArgumentException(
                "\"%s\" has no port of 1 to 65535 behind its colon".formatted(authority));
    }

    private static String host(String authority) {
        var bracket = authority.indexOf(']');
        var colon = authority.lastIndexOf(':');
        var host = colon > bracket ? authority.substring(0, colon) : authority;
        return (host.startsWith("[") && host.endsWith("]")
                        ? host.substring(1, host.length() - 1)
                        : host)
                .toLowerCase(Locale.ROOT);
    }

    private static boolean isAddress(String host) {
        return host.indexOf(':') >= 0 || host.matches("[0-9.]+");
    }

    /// `GET http://reviews:9080/reviews/1`.
    String text() {
        return (scheme.isHttp() ? method + " " : "")
                + scheme.words()
                + "://"
                + authority
                + (scheme == Scheme.TCP || scheme == Scheme.TLS ? "" : path);
    }
}
