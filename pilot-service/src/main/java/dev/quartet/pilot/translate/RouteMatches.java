package dev.quartet.pilot.translate;

import com.google.protobuf.BoolValue;
import dev.quartet.config.networking.HttpMatchRequest;
import dev.quartet.config.networking.StringMatch;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.QueryParameterMatcher;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import org.jspecify.annotations.Nullable;

/// The conditions of a route: some are decided for a whole listener, the rest by Envoy per request.
final class RouteMatches {
    private static final String ALL = "/";

    private RouteMatches() {}

    /// @param namespace of the VirtualService
    static boolean apply(HttpMatchRequest match, String namespace, Site site) {
        return site.meets(
                match.port(),
                match.gateways(),
                match.sourceLabels(),
                match.sourceNamespace(),
                namespace);
    }

    /// Whether every request matches, so that nothing behind it is ever reached.
    static boolean takesAll(RouteMatch match) {
        return match.getPrefix().equals(ALL)
                && match.getHeadersCount() == 0
                && match.getQueryParametersCount() == 0;
    }

    static RouteMatch of(@Nullable HttpMatchRequest match) {
        var result = RouteMatch.newBuilder();
        if (match == null || match.uri() == null) {
            result.setPrefix(ALL);
        } else {
            switch (match.uri()) {
                case StringMatch.Exact(var exact) -> result.setPath(exact);
                case StringMatch.Prefix(var prefix) -> result.setPrefix(prefix);
                case StringMatch.Regex(var regex) -> result.setSafeRegex(Envoy.regex(regex));
                case StringMatch.Present() -> result.setPrefix(ALL);
            }
        }
        if (match == null) {
            return result.build();
        }
        if (match.ignoreUriCase() && !(match.uri() instanceof StringMatch.Regex)) {
            result.setCaseSensitive(BoolValue.of(false));
        }
        pseudoHeader(result, ":scheme", match.scheme());
        pseudoHeader(result, ":method", match.method());
        pseudoHeader(result, ":authority", match.authority());
        match.headers().forEach((name, value) -> result.addHeaders(header(name, value)));
        match.withoutHeaders().forEach((name, value) -> result.addHeaders(absent(name, value)));
        match.queryParams()
                .forEach((name, value) -> {
                    var matcher = QueryParameterMatcher.newBuilder().setName(name);
                    if (value instanceof StringMatch.Present) {
                        matcher.setPresentMatch(true);
                    } else {
                        matcher.setStringMatch(Envoy.matcher(value));
                    }
                    result.addQueryParameters(matcher);
                });
        return result.build();
    }

    private static void pseudoHeader(
            RouteMatch.Builder result, String name, @Nullable StringMatch match) {
        if (match != null) {
            result.addHeaders(header(name, match));
        }
    }

    /// To Envoy a header that is not there does not even differ from a value; to a user it does.
    private static HeaderMatcher.Builder absent(String name, StringMatch match) {
        var matcher = header(name, match).setInvertMatch(true);
        return match instanceof StringMatch.Present
                ? matcher
                : matcher.setTreatMissingHeaderAsEmpty(true);
    }

    private static HeaderMatcher.Builder header(String name, StringMatch match) {
        var matcher = HeaderMatcher.newBuilder().setName(name);
        return match instanceof StringMatch.Present
                ? matcher.setPresentMatch(true)
                : matcher.setStringMatch(Envoy.matcher(match));
    }
}
