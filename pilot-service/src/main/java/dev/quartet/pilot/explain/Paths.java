package dev.quartet.pilot.explain;

import com.google.re2j.Pattern;
import io.envoyproxy.envoy.config.route.v3.RedirectAction;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatchAndSubstitute;
import java.util.Optional;

/// What becomes of a request's path, and where a redirect leads.
/// After Envoy's `route_components.proto`, `RouteAction.prefix_rewrite` and `RedirectAction`.
final class Paths {
    private Paths() {}

    /// The path that the server sees, if the route changes it.
    static Optional<String> rewritten(RouteMatch match, RouteAction action, HttpRequest request) {
        if (!action.getPrefixRewrite().isEmpty()) {
            return Optional.of(
                    replaced(match, action.getPrefixRewrite(), request) + request.query());
        }
        return action.hasRegexRewrite()
                ? Optional.of(
                        substituted(action.getRegexRewrite(), request.pathWithoutQuery())
                                + request.query())
                : Optional.empty();
    }

    /// What has matched is replaced: of a prefix the prefix, else all of it.
    private static String replaced(RouteMatch match, String by, HttpRequest request) {
        var path = request.pathWithoutQuery();
        var matched =
                switch (match.getPathSpecifierCase()) {
                    case PREFIX -> match.getPrefix().length();
                    case PATH_SEPARATED_PREFIX -> match.getPathSeparatedPrefix().length();
                    default -> path.length();
                };
        return by + path.substring(Math.min(matched, path.length()));
    }

    private static String substituted(RegexMatchAndSubstitute rewrite, String path) {
        var replacement =
                rewrite.getSubstitution().replace("$", "\\$").replaceAll("\\\\([0-9])", "\\$$1");
        return Pattern.compile(rewrite.getPattern().getRegex())
                .matcher(path)
                .replaceAll(replacement);
    }

    /// The `location` of a redirect.
    static String location(RouteMatch match, RedirectAction redirect, HttpRequest request) {
        var before = request.headers().getOrDefault(":scheme", "http");
        var scheme =
                redirect.getHttpsRedirect()
                        ? "https"
                        : redirect.getSchemeRedirect().isEmpty()
                                ? before
                                : redirect.getSchemeRedirect();
        var port = redirect.getPortRedirect() == 0 ? "" : ":" + redirect.getPortRedirect();
        var host =
                redirect.getHostRedirect().isEmpty()
                        ? host(request.authority(), before, scheme, !port.isEmpty())
                        : redirect.getHostRedirect();
        return scheme + "://" + host + port + path(match, redirect, request);
    }

    /// Without a port that the redirect replaces, or that goes without saying in the old scheme.
    private static String host(String authority, String before, String scheme, boolean newPort) {
        var colon = authority.lastIndexOf(':');
        if (colon <= authority.lastIndexOf(']')) {
            return authority;
        }
        var port = authority.substring(colon + 1);
        var implied =
                !before.equals(scheme)
                        && (port.equals("80") && scheme.equals("https")
                                || port.equals("443") && scheme.equals("http"));
        return newPort || implied ? authority.substring(0, colon) : authority;
    }

    private static String path(RouteMatch match, RedirectAction redirect, HttpRequest request) {
        var query = redirect.getStripQuery() ? "" : request.query();
        return switch (redirect.getPathRewriteSpecifierCase()) {
            case PATH_REDIRECT ->
                    redirect.getPathRedirect()
                            + (redirect.getPathRedirect().indexOf('?') >= 0 ? "" : query);
            case PREFIX_REWRITE -> replaced(match, redirect.getPrefixRewrite(), request) + query;
            case REGEX_REWRITE ->
                    substituted(redirect.getRegexRewrite(), request.pathWithoutQuery()) + query;
            case PATHREWRITESPECIFIER_NOT_SET -> request.pathWithoutQuery() + query;
        };
    }
}
