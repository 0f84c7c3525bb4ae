package dev.quartet.admin;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The first filter of every request to the REST port, in this order: `Host` must name this server (DNS rebinding), an `Origin` must be listed (browser pages; there is no CORS), and everything but
/// health needs the admin token. Refusals say what to do and nothing about the configuration.
final class AdminGuard implements Filter {
    /// Plain segments only: anything that a later stage could decode or normalise into another path is not health.
    private static final Pattern HEALTH = Pattern.compile("/actuator/health(/[A-Za-z0-9_-]+)*");

    private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "127.0.0.1", "::1");
    private static final Pattern LOOPBACK_V4 = Pattern.compile("127(\\.[0-9]{1,3}){3}");
    private static final String SCHEME = "Bearer ";

    private final Predicate<String> token;
    private final Set<String> hosts;
    private final Set<String> origins;

    /// @param token whether a presented token is the admin token, in constant time
    AdminGuard(Predicate<String> token, List<String> hosts, List<String> origins) {
        this.token = token;
        this.hosts =
                hosts.stream()
                        .map(AdminGuard::canonicalHost)
                        .collect(Collectors.toUnmodifiableSet());
        this.origins =
                origins.stream()
                        .map(origin -> origin.toLowerCase(Locale.ROOT))
                        .collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (admits((HttpServletRequest) request, (HttpServletResponse) response)) {
            chain.doFilter(request, response);
        }
    }

    private boolean admits(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("Cache-Control", "no-store");
        if (!isOurs(canonicalHost(request.getServerName()), request)) {
            ProblemJson.write(
                    response,
                    421,
                    "foreign-host",
                    "Host is not served here",
                    "the Host header names another server; use 127.0.0.1 or localhost, or list the name in quartet.admin.allowed-hosts");
            return false;
        }
        String origin = request.getHeader("Origin");
        if (origin != null && !origins.contains(origin.toLowerCase(Locale.ROOT))) {
            ProblemJson.write(
                    response,
                    403,
                    "foreign-origin",
                    "Pages of this origin are not let in",
                    "the request comes from a web page; list its origin in quartet.admin.allowed-origins if it may");
            return false;
        }
        if (isHealth(request)) {
            return true;
        }
        return holdsToken(request, response);
    }

    private boolean holdsToken(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        String authorization = request.getHeader("Authorization");
        boolean presented =
                authorization != null
                        && authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
        if (presented && token.test(authorization.substring(SCHEME.length()).strip())) {
            return true;
        }
        response.setHeader(
                "WWW-Authenticate",
                presented
                        ? "Bearer realm=\"quartet\", error=\"invalid_token\""
                        : "Bearer realm=\"quartet\"");
        ProblemJson.write(
                response,
                401,
                presented ? "token-invalid" : "token-missing",
                presented ? "The admin token is wrong" : "An admin token is needed",
                "use ./mesh, which sends the token by itself, or read the file that quartet.admin.token-file names (admin-token in the state folder by default) and send it as \"Authorization: Bearer <token>\"");
        return false;
    }

    private boolean isOurs(String host, HttpServletRequest request) {
        return LOOPBACK_NAMES.contains(host)
                || LOOPBACK_V4.matcher(host).matches()
                || hosts.contains(host)
                || host.equals(canonicalHost(request.getLocalAddr()));
    }

    private static boolean isHealth(HttpServletRequest request) {
        return (request.getMethod().equals("GET") || request.getMethod().equals("HEAD"))
                && HEALTH.matcher(request.getRequestURI()).matches();
    }

    /// Case, a trailing dot, brackets of IPv6 and its spelt-out loopback don't make another host.
    private static String canonicalHost(String name) {
        String host = name.toLowerCase(Locale.ROOT);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        if (host.endsWith(".")) {
            host = host.substring(0, host.length() - 1);
        }
        return host.equals("0:0:0:0:0:0:0:1") ? "::1" : host;
    }
}
