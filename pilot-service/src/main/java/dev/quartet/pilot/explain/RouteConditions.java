package dev.quartet.pilot.explain;

import com.google.re2j.Pattern;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.QueryParameterMatcher;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.Locale;
import java.util.Optional;

/// Whether a route takes a request, and if not, what is missing, in the words of users.
/// After Envoy's `route_components.proto`, `RouteMatch`.
final class RouteConditions {
    private RouteConditions() {}

    /// @return why it does not take the request; empty: it does
    static Optional<String> unmet(RouteMatch match, HttpRequest request) {
        return path(match, request)
                .or(() ->
                        match.getHeadersList().stream()
                                .map(header -> header(header, request))
                                .flatMap(Optional::stream)
                                .findFirst())
                .or(() ->
                        match.getQueryParametersList().stream()
                                .map(parameter -> parameter(parameter, request))
                                .flatMap(Optional::stream)
                                .findFirst())
                .or(() ->
                        match.hasGrpc() && !isGrpc(request)
                                ? Optional.of("takes gRPC only, the request is none")
                                : Optional.empty())
                .or(() -> noShare(match));
    }

    private static Optional<String> noShare(RouteMatch match) {
        return match.hasRuntimeFraction()
                        && match.getRuntimeFraction().getDefaultValue().getNumerator() == 0
                ? Optional.of("takes 0% of requests")
                : Optional.empty();
    }

    private static boolean isGrpc(HttpRequest request) {
        var type = request.header("content-type").orElse("");
        return type.equals("application/grpc") || type.startsWith("application/grpc+");
    }

    private static Optional<String> path(RouteMatch match, HttpRequest request) {
        var ignoresCase = match.hasCaseSensitive() && !match.getCaseSensitive().getValue();
        var path = cased(request.pathWithoutQuery(), ignoresCase);
        var wanted =
                switch (match.getPathSpecifierCase()) {
                    case PREFIX ->
                            path.startsWith(cased(match.getPrefix(), ignoresCase))
                                    ? ""
                                    : "a path that begins with " + match.getPrefix();
                    case PATH ->
                            path.equals(cased(match.getPath(), ignoresCase))
                                    ? ""
                                    : "the path " + match.getPath();
                    case SAFE_REGEX ->
                            Pattern.matches(
                                            match.getSafeRegex().getRegex(),
                                            request.pathWithoutQuery())
                                    ? ""
                                    : "a path that is all of the expression "
                                            + match.getSafeRegex().getRegex();
                    case PATH_SEPARATED_PREFIX ->
                            isBelow(path, cased(match.getPathSeparatedPrefix(), ignoresCase))
                                    ? ""
                                    : "a path below " + match.getPathSeparatedPrefix();
                    case CONNECT_MATCHER ->
                            request.method().equals("CONNECT") ? "" : "a CONNECT request";
                    case PATH_MATCH_POLICY, PATHSPECIFIER_NOT_SET -> "";
                };
        return wanted.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        "needs %s, the request has %s"
                                .formatted(wanted, request.pathWithoutQuery()));
    }

    private static boolean isBelow(String path, String prefix) {
        return path.startsWith(prefix)
                && (path.length() == prefix.length() || path.charAt(prefix.length()) == '/');
    }

    private static String cased(String text, boolean ignoresCase) {
        return ignoresCase ? text.toLowerCase(Locale.ROOT) : text;
    }

    private static Optional<String> header(HeaderMatcher matcher, HttpRequest request) {
        var found = request.header(matcher.getName());
        var value =
                found.isEmpty() && matcher.getTreatMissingHeaderAsEmpty() ? Optional.of("") : found;
        boolean matches;
        if (matcher.getHeaderMatchSpecifierCase()
                == HeaderMatcher.HeaderMatchSpecifierCase.PRESENT_MATCH) {
            matches = (value.isPresent() == matcher.getPresentMatch()) != matcher.getInvertMatch();
        } else {
            // a header that is not there is compared with nothing, not even the other way round
            matches = value.isPresent() && fits(matcher, value.get()) != matcher.getInvertMatch();
        }
        return matches ? Optional.empty() : Optional.of(wanted(matcher, found));
    }

    private static boolean fits(HeaderMatcher matcher, String value) {
        return switch (matcher.getHeaderMatchSpecifierCase()) {
            case STRING_MATCH -> fits(matcher.getStringMatch(), value);
            case RANGE_MATCH -> {
                try {
                    var number = Long.parseLong(value);
                    yield number >= matcher.getRangeMatch().getStart()
                            && number < matcher.getRangeMatch().getEnd();
                } catch (NumberFormatException _) {
                    yield false;
                }
            }
            case EXACT_MATCH -> value.equals(matcher.getExactMatch());
            case PREFIX_MATCH -> value.startsWith(matcher.getPrefixMatch());
            case SUFFIX_MATCH -> value.endsWith(matcher.getSuffixMatch());
            case CONTAINS_MATCH -> value.contains(matcher.getContainsMatch());
            case SAFE_REGEX_MATCH -> Pattern.matches(matcher.getSafeRegexMatch().getRegex(), value);
            case PRESENT_MATCH, HEADERMATCHSPECIFIER_NOT_SET -> true;
        };
    }

    static boolean fits(StringMatcher matcher, String value) {
        var ignoresCase = matcher.getIgnoreCase();
        var text = cased(value, ignoresCase);
        return switch (matcher.getMatchPatternCase()) {
            case EXACT -> text.equals(cased(matcher.getExact(), ignoresCase));
            case PREFIX -> text.startsWith(cased(matcher.getPrefix(), ignoresCase));
            case SUFFIX -> text.endsWith(cased(matcher.getSuffix(), ignoresCase));
            case CONTAINS -> text.contains(cased(matcher.getContains(), ignoresCase));
            case SAFE_REGEX -> Pattern.matches(matcher.getSafeRegex().getRegex(), value);
            case CUSTOM, MATCHPATTERN_NOT_SET -> false;
        };
    }

    private static String wanted(HeaderMatcher matcher, Optional<String> found) {
        var name =
                switch (matcher.getName()) {
                    case ":method" -> "method ";
                    case ":authority" -> "authority ";
                    case ":scheme" -> "scheme ";
                    default -> "header " + matcher.getName();
                };
        var pseudo = matcher.getName().startsWith(":");
        var wanted =
                matcher.getHeaderMatchSpecifierCase()
                                == HeaderMatcher.HeaderMatchSpecifierCase.STRING_MATCH
                        ? words(matcher.getStringMatch(), pseudo)
                        : "";
        return "%s %s%s, the request has %s"
                .formatted(
                        matcher.getInvertMatch() ? "must not have" : "needs",
                        name,
                        wanted,
                        found.map(value -> value.isEmpty() ? "it empty" : value).orElse("none"));
    }

    private static String words(StringMatcher matcher, boolean alone) {
        var is = alone ? "" : "=";
        return switch (matcher.getMatchPatternCase()) {
            case EXACT -> is + matcher.getExact();
            case PREFIX -> is + matcher.getPrefix() + "…";
            case SUFFIX -> is + "…" + matcher.getSuffix();
            case CONTAINS -> is + "…" + matcher.getContains() + "…";
            case SAFE_REGEX ->
                    " that is all of the expression " + matcher.getSafeRegex().getRegex();
            case CUSTOM, MATCHPATTERN_NOT_SET -> "";
        };
    }

    private static Optional<String> parameter(QueryParameterMatcher matcher, HttpRequest request) {
        var value = Optional.ofNullable(request.parameters().get(matcher.getName()));
        var fits =
                switch (matcher.getQueryParameterMatchSpecifierCase()) {
                    case STRING_MATCH ->
                            value.isPresent() && fits(matcher.getStringMatch(), value.get());
                    case PRESENT_MATCH -> value.isPresent() == matcher.getPresentMatch();
                    case QUERYPARAMETERMATCHSPECIFIER_NOT_SET -> value.isPresent();
                };
        return fits
                ? Optional.empty()
                : Optional.of(
                        "needs query parameter %s%s, the request has %s"
                                .formatted(
                                        matcher.getName(),
                                        words(matcher.getStringMatch(), false),
                                        value.orElse("none")));
    }
}
