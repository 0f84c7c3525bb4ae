package dev.quartet.pilot.explain;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import dev.quartet.pilot.explain.Explanation.Detail;
import dev.quartet.pilot.explain.Explanation.Source;
import dev.quartet.pilot.translate.Provenance.RouteOrigin;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.CorsPolicy;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import io.envoyproxy.envoy.type.v3.FractionalPercent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// What a route does with a request beside sending it somewhere, in words.
final class RouteDetails {
    private static final String CORS = "envoy.filters.http.cors";
    private static final String FAULT = "envoy.filters.http.fault";

    /// What the mesh adds itself, and nobody asked for.
    private static final String OF_THE_MESH = "x-quartet-";

    private final Route route;
    private final Optional<RouteOrigin> origin;
    private final List<Detail> details = new ArrayList<>();

    private RouteDetails(Route route, Optional<RouteOrigin> origin) {
        this.route = route;
        this.origin = origin;
    }

    static List<Detail> of(Route route, Optional<RouteOrigin> origin, HttpRequest request) {
        var words = new RouteDetails(route, origin);
        words.handedOver();
        words.filters();
        if (route.hasRoute()) {
            words.action(route.getRoute(), request);
        }
        words.headers(
                "request",
                route.getRequestHeadersToAddList(),
                route.getRequestHeadersToRemoveList());
        words.headers(
                "response",
                route.getResponseHeadersToAddList(),
                route.getResponseHeadersToRemoveList());
        return words.details;
    }

    /// What it takes: `path prefix /`.
    static String match(RouteMatch match) {
        var path =
                switch (match.getPathSpecifierCase()) {
                    case PREFIX ->
                            match.getPrefix().equals("/")
                                    ? "all paths"
                                    : "path " + match.getPrefix() + "…";
                    case PATH -> "path " + match.getPath();
                    case SAFE_REGEX -> "path like " + match.getSafeRegex().getRegex();
                    case PATH_SEPARATED_PREFIX -> "paths below " + match.getPathSeparatedPrefix();
                    case CONNECT_MATCHER -> "CONNECT";
                    case PATH_MATCH_POLICY, PATHSPECIFIER_NOT_SET -> "a path template";
                };
        var names = new ArrayList<String>();
        match.getHeadersList().forEach(it -> names.add(it.getName()));
        match.getQueryParametersList().forEach(it -> names.add("?" + it.getName()));
        return names.isEmpty() ? path : path + " with " + String.join(", ", names);
    }

    /// @param fields the way to the field from the route on
    private void add(String text, String... fields) {
        details.add(
                new Detail(
                        text,
                        Party.sources(
                                origin.filter(it -> it.written().containsKey(fields[0]))
                                        .map(it -> {
                                            var at = it.field(fields[0]);
                                            for (int i = 1; i < fields.length; i++) {
                                                at = at.field(fields[i]);
                                            }
                                            return at;
                                        }))));
    }

    /// The route stands in a delegate.
    private void handedOver() {
        origin.flatMap(RouteOrigin::handedOver)
                .ifPresent(by ->
                        details.add(
                                new Detail(
                                        "handed over by " + by.resource(),
                                        List.of(Source.of(by.field("delegate"))))));
    }

    private void filters() {
        fault(route)
                .ifPresent(fault -> {
                    if (fault.hasDelay()) {
                        add(
                                "%s%% wait %s first (a fault that is injected)"
                                        .formatted(
                                                number(percent(fault.getDelay().getPercentage())),
                                                words(fault.getDelay().getFixedDelay())),
                                "fault",
                                "delay");
                    }
                    abort(route)
                            .ifPresent(abort ->
                                    add(
                                            "%s%% are answered %s at once (a fault that is injected)"
                                                    .formatted(
                                                            number(abort.percent()), abort.text()),
                                            "fault",
                                            "abort"));
                });
        if (cors(route).isPresent()) {
            add("browsers may call it from other origins (CORS)", "corsPolicy");
        }
    }

    private void action(RouteAction action, HttpRequest request) {
        Paths.rewritten(route.getMatch(), action, request)
                .ifPresent(path -> add("path becomes " + path, "rewrite"));
        if (!action.getHostRewriteLiteral().isEmpty()) {
            details.add(
                    new Detail(
                            "host becomes " + action.getHostRewriteLiteral(),
                            Party.sources(origin.map(RouteOrigin::route))));
        }
        if (action.hasTimeout() && isSome(action.getTimeout())) {
            add("times out after %s with 504".formatted(words(action.getTimeout())), "timeout");
        }
        if (action.hasRetryPolicy()) {
            var retries = action.getRetryPolicy();
            var number = retries.hasNumRetries() ? retries.getNumRetries().getValue() : 1;
            var text =
                    "up to %d %s on %s%s"
                            .formatted(
                                    number,
                                    number == 1 ? "retry" : "retries",
                                    retries.getRetryOn(),
                                    retries.hasPerTryTimeout()
                                            ? ", each within " + words(retries.getPerTryTimeout())
                                            : "");
            if (origin.filter(it -> it.written().containsKey("retries")).isEmpty()) {
                details.add(
                        new Detail(
                                "up to %d retries where the server has not begun (the default)"
                                        .formatted(number),
                                List.of()));
            } else if (number > 0) {
                add(text, "retries");
            }
        }
        for (var mirror : action.getRequestMirrorPoliciesList()) {
            add(
                    "a copy of %s%% goes to %s, and nobody waits for its answer"
                            .formatted(
                                    number(percent(mirror.getRuntimeFraction().getDefaultValue())),
                                    Targets.label(mirror.getCluster())),
                    origin.filter(it -> it.written().containsKey("mirror")).isPresent()
                            ? "mirror"
                            : "mirrors");
        }
        for (var hash : action.getHashPolicyList()) {
            details.add(
                    new Detail(
                            "requests with the same %s go to the same endpoint"
                                    .formatted(
                                            switch (hash.getPolicySpecifierCase()) {
                                                case HEADER ->
                                                        "header "
                                                                + hash.getHeader().getHeaderName();
                                                case COOKIE ->
                                                        "cookie " + hash.getCookie().getName();
                                                case CONNECTION_PROPERTIES -> "client address";
                                                case QUERY_PARAMETER ->
                                                        "query parameter "
                                                                + hash.getQueryParameter()
                                                                        .getName();
                                                case FILTER_STATE, POLICYSPECIFIER_NOT_SET ->
                                                        "state";
                                            }),
                            List.of()));
        }
    }

    private void headers(String of, List<HeaderValueOption> added, List<String> removed) {
        var set =
                added.stream()
                        .filter(it -> !it.getHeader().getKey().startsWith(OF_THE_MESH))
                        .map(it ->
                                it.getHeader().getKey()
                                        + (it.getAppendAction()
                                                        == HeaderAppendAction
                                                                .OVERWRITE_IF_EXISTS_OR_ADD
                                                ? " is set to "
                                                : " gets ")
                                        + it.getHeader().getValue())
                        .collect(Collectors.joining(", "));
        if (!set.isEmpty()) {
            add("%s header %s".formatted(of, set), "headers");
        }
        if (!removed.isEmpty()) {
            add("%s loses header %s".formatted(of, String.join(", ", removed)), "headers");
        }
    }

    /// @param status of HTTP
    record Abort(double percent, int status, String text) {}

    /// The answer that a fault gives in the server's place.
    static Optional<Abort> abort(Route route) {
        return fault(route)
                .filter(HTTPFault::hasAbort)
                .map(fault -> {
                    var abort = fault.getAbort();
                    var share = percent(abort.getPercentage());
                    return abort.getGrpcStatus() != 0
                            ? new Abort(share, 200, "gRPC status " + abort.getGrpcStatus())
                            : new Abort(
                                    share,
                                    abort.getHttpStatus(),
                                    String.valueOf(abort.getHttpStatus()));
                });
    }

    private static Optional<HTTPFault> fault(Route route) {
        return config(route, FAULT).map(any -> Resources.unpacked(any, HTTPFault.class));
    }

    private static Optional<CorsPolicy> cors(Route route) {
        return config(route, CORS).map(any -> Resources.unpacked(any, CorsPolicy.class));
    }

    private static Optional<Any> config(Route route, String filter) {
        return Optional.ofNullable(route.getTypedPerFilterConfigMap().get(filter));
    }

    /// Whether it is a browser's question that the CORS filter answers.
    static boolean preflight(Route route, HttpRequest request) {
        var origin = request.header("origin");
        var asks =
                request.method().equals("OPTIONS")
                        && origin.isPresent()
                        && !request.header("access-control-request-method").orElse("").isEmpty();
        return asks
                && cors(route)
                        .filter(policy ->
                                policy.getAllowOriginStringMatchList().stream()
                                                .anyMatch(it -> allows(it, origin.get()))
                                        || policy.hasForwardNotMatchingPreflights()
                                                && !policy.getForwardNotMatchingPreflights()
                                                        .getValue())
                        .isPresent();
    }

    private static boolean allows(StringMatcher matcher, String origin) {
        return matcher.getExact().equals("*") || RouteConditions.fits(matcher, origin);
    }

    private static double percent(FractionalPercent share) {
        return switch (share.getDenominator()) {
            case HUNDRED, UNRECOGNIZED -> share.getNumerator();
            case TEN_THOUSAND -> share.getNumerator() / 100.0;
            case MILLION -> share.getNumerator() / 10_000.0;
        };
    }

    /// `12.5`, `90`.
    static String number(double value) {
        var rounded = Math.round(value * 100) / 100.0;
        return rounded == Math.rint(rounded)
                ? String.valueOf((long) rounded)
                : String.valueOf(rounded);
    }

    private static boolean isSome(Duration duration) {
        return duration.getSeconds() > 0 || duration.getNanos() > 0;
    }

    static String words(Duration duration) {
        var seconds = duration.getSeconds() + duration.getNanos() / 1e9;
        return seconds < 1 ? number(seconds * 1000) + " ms" : number(seconds) + " s";
    }
}
