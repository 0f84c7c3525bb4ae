package dev.quartet.pilot.translate;

import com.google.protobuf.util.Durations;
import dev.quartet.config.Resource;
import dev.quartet.config.networking.Destination;
import dev.quartet.config.networking.HeaderOperations;
import dev.quartet.config.networking.Headers;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.HttpDirectResponse;
import dev.quartet.config.networking.HttpMatchRequest;
import dev.quartet.config.networking.HttpRedirect;
import dev.quartet.config.networking.HttpRetry;
import dev.quartet.config.networking.HttpRewrite;
import dev.quartet.config.networking.HttpRoute;
import dev.quartet.config.networking.HttpRouteDestination;
import dev.quartet.config.networking.StringMatch;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Labels;
import dev.quartet.pilot.snapshot.Service;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.QueryParameterMatcher;
import io.envoyproxy.envoy.config.route.v3.RedirectAction;
import io.envoyproxy.envoy.config.route.v3.RetryPolicy;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.envoyproxy.envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatchAndSubstitute;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The routes of a virtual host, from a VirtualService or, without one, straight to the service.
/// A destination that does not exist answers 503 with a text that names the user's resource.
/// After Istio 1.4, `pilot/pkg/networking/core/v1alpha3/route/route.go`.
final class Routes {
    /// What the routes are for.
    ///
    /// @param gateway `mesh` for sidecars, else `namespace/name` of the Gateway
    /// @param port the port of the listener that the request came to
    /// @param labels the client's labels
    record Site(String gateway, String namespace, int port, Map<String, String> labels) {
        static final String MESH = "mesh";
    }

    /// @param clusters all clusters that the routes name
    record Result(List<Route> routes, Set<String> clusters) {}

    private static final String DEFAULT_RETRY_ON =
            "connect-failure,refused-stream,unavailable,cancelled,resource-exhausted,retriable-status-codes";
    private static final int DEFAULT_RETRIES = 2;
    private static final int RETRY_HOST_ATTEMPTS = 5;
    private static final String PREVIOUS_HOSTS = "envoy.retry_host_predicates.previous_hosts";
    private static final Pattern STATUS_CODE = Pattern.compile("[1-5][0-9]{2}");

    private final Facts facts;
    private final Site site;
    private final Set<String> clusters = new HashSet<>();

    private Routes(Facts facts, Site site) {
        this.facts = facts;
        this.site = site;
    }

    static Result of(Facts facts, Resource<VirtualService> service, Site site) {
        var routes = new Routes(facts, site);
        return new Result(routes.translate(service), Set.copyOf(routes.clusters));
    }

    /// Everything goes to the service itself.
    static Result straightTo(Facts facts, Service service, Service.Port port, Site site) {
        var routes = new Routes(facts, site);
        var action = RouteAction.newBuilder();
        routes.forward(
                action,
                List.of(
                        new Target(
                                Names.outbound(port.number(), "", service.host()),
                                100,
                                service.inMesh(),
                                null)));
        action.setTimeout(Durations.ZERO).setRetryPolicy(defaultRetries());
        var route =
                Route.newBuilder()
                        .setName("default")
                        .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                        .setRoute(action)
                        .setDecorator(decorator(service.host() + ":" + port.number() + "/*"));
        if (service.inMesh()) {
            route.addRequestHeadersToAdd(peerHeader());
        }
        return new Result(List.of(route.build()), Set.copyOf(routes.clusters));
    }

    private List<Route> translate(Resource<VirtualService> service) {
        var routes = new ArrayList<Route>();
        for (var http : service.spec().http()) {
            var matches = http.match().isEmpty() ? List.<HttpMatchRequest>of() : http.match();
            if (matches.isEmpty()) {
                routes.add(route(service, http, null));
                break; // nothing after a route without conditions can ever match
            }
            for (var match : matches) {
                if (applies(match, service)) {
                    routes.add(route(service, http, match));
                }
            }
        }
        return routes;
    }

    /// The conditions that are decided here and not per request.
    private boolean applies(HttpMatchRequest match, Resource<VirtualService> service) {
        if (match.port() != null && match.port() != site.port()) {
            return false;
        }
        if (!match.gateways().isEmpty()
                && match.gateways().stream()
                        .map(gateway -> qualified(gateway, service.namespace()))
                        .noneMatch(site.gateway()::equals)) {
            return false;
        }
        return Labels.match(match.sourceLabels(), site.labels());
    }

    static String qualified(String gateway, String namespace) {
        return gateway.equals(Site.MESH) || gateway.contains("/")
                ? gateway
                : namespace + "/" + gateway;
    }

    private Route route(
            Resource<VirtualService> service, HttpRoute http, @Nullable HttpMatchRequest match) {
        var route =
                Route.newBuilder()
                        .setName(name(http, match))
                        .setMatch(match(match))
                        .setMetadata(
                                Envoy.metadata(
                                        "istio",
                                        Map.of(
                                                "config",
                                                Clusters.config(service, "virtual-service"))));
        if (http.headers() != null) {
            headers(route, http.headers());
        }
        if (http.redirect() != null) {
            return route.setRedirect(redirect(http.redirect())).build();
        }
        if (http.directResponse() != null) {
            return route.setDirectResponse(answer(http.directResponse())).build();
        }
        var targets = targets(service, http);
        var missing = targets.stream().allMatch(target -> target.cluster().isEmpty());
        if (missing) {
            return route.setDirectResponse(explain(service, http)).build();
        }
        var action = RouteAction.newBuilder();
        forward(action, targets);
        if (targets.stream()
                .filter(target -> !target.cluster().isEmpty())
                .allMatch(Target::inMesh)) {
            route.addRequestHeadersToAdd(peerHeader());
        }
        if (http.rewrite() != null) {
            rewrite(action, http.rewrite(), match);
        }
        action.setTimeout(http.timeout() == null ? Durations.ZERO : Envoy.duration(http.timeout()));
        retries(http.retries()).ifPresent(action::setRetryPolicy);
        var first = http.route().getFirst().destination();
        return route.setRoute(action)
                .setDecorator(
                        decorator(
                                Hosts.resolve(first.host(), service.namespace())
                                        + ":"
                                        + site.port()
                                        + "/*"))
                .build();
    }

    private static io.envoyproxy.envoy.config.route.v3.Decorator decorator(String operation) {
        return io.envoyproxy.envoy.config.route.v3.Decorator.newBuilder()
                .setOperation(operation)
                .build();
    }

    private static String name(HttpRoute http, @Nullable HttpMatchRequest match) {
        var name = http.name() == null ? "" : http.name();
        return match == null || match.name() == null
                ? name
                : name.isEmpty() ? match.name() : name + "." + match.name();
    }

    /// One destination of a route. An empty cluster is one that does not exist.
    private record Target(String cluster, int weight, boolean inMesh, @Nullable Headers headers) {}

    private List<Target> targets(Resource<VirtualService> service, HttpRoute http) {
        var targets = new ArrayList<Target>();
        for (var destination : http.route()) {
            var weight = weight(destination, http.route().size());
            if (weight == 0) {
                continue; // Istio drops it
            }
            var host = Hosts.resolve(destination.destination().host(), service.namespace());
            targets.add(
                    new Target(
                            cluster(host, destination.destination()).orElse(""),
                            weight,
                            facts.service(host).map(Service::inMesh).orElse(false),
                            destination.headers()));
        }
        return targets;
    }

    private static int weight(HttpRouteDestination destination, int among) {
        var weight = destination.weight();
        return weight == null ? (among == 1 ? 100 : 0) : among == 1 ? 100 : weight;
    }

    private Optional<String> cluster(String host, Destination destination) {
        var service = facts.service(host);
        if (service.isEmpty()) {
            return Optional.empty();
        }
        var ports = service.get().ports();
        var number =
                destination.port() != null
                        ? destination.port().number()
                        : ports.size() == 1
                                ? ports.getFirst().number()
                                : Integer.valueOf(site.port());
        var subset = destination.subset() == null ? "" : destination.subset();
        if (service.get().port(number).isEmpty()
                || !Clusters.hasSubset(facts, host, subset, site.namespace())) {
            return Optional.empty();
        }
        return Optional.of(Names.outbound(number, subset, host));
    }

    private void forward(RouteAction.Builder action, List<Target> targets) {
        if (targets.size() == 1) {
            var target = targets.getFirst();
            action.setCluster(named(target));
            if (target.headers() == null) {
                return;
            }
        }
        var weighted = WeightedCluster.newBuilder();
        for (var target : targets) {
            var weight =
                    WeightedCluster.ClusterWeight.newBuilder()
                            .setName(named(target))
                            .setWeight(Envoy.number(target.weight()));
            if (target.headers() != null) {
                headers(weight, target.headers());
            }
            weighted.addClusters(weight);
        }
        action.setWeightedClusters(weighted);
    }

    /// The share of a destination that does not exist is refused, the others keep theirs.
    private String named(Target target) {
        var name = target.cluster().isEmpty() ? Names.BLACK_HOLE : target.cluster();
        clusters.add(name);
        return name;
    }

    private DirectResponseAction explain(Resource<VirtualService> service, HttpRoute http) {
        var destination = http.route().isEmpty() ? null : http.route().getFirst().destination();
        var what =
                destination == null
                        ? "a route without destinations"
                        : "no %sservice %s"
                                .formatted(
                                        destination.subset() == null
                                                ? ""
                                                : "subset \"" + destination.subset() + "\" of ",
                                        Hosts.resolve(destination.host(), service.namespace()));
        return answer(503, "quartet: %s (%s)\n".formatted(what, service.key()));
    }

    private static DirectResponseAction answer(int status, String body) {
        return DirectResponseAction.newBuilder()
                .setStatus(status)
                .setBody(DataSource.newBuilder().setInlineString(body))
                .build();
    }

    private static DirectResponseAction answer(HttpDirectResponse response) {
        var action = DirectResponseAction.newBuilder().setStatus(response.status());
        var body = response.body();
        if (body != null && body.string() != null) {
            action.setBody(DataSource.newBuilder().setInlineString(body.string()));
        } else if (body != null && body.bytes() != null) {
            action.setBody(
                    DataSource.newBuilder()
                            .setInlineBytes(
                                    com.google.protobuf.ByteString.copyFrom(
                                            java.util.Base64.getDecoder().decode(body.bytes()))));
        }
        return action.build();
    }

    private static RedirectAction redirect(HttpRedirect redirect) {
        var action = RedirectAction.newBuilder();
        if (redirect.authority() != null) {
            action.setHostRedirect(redirect.authority());
        }
        if (redirect.uri() != null) {
            action.setPathRedirect(redirect.uri());
        }
        var code = redirect.redirectCode();
        return action.setResponseCode(
                        switch (code == null ? 301 : code) {
                            case 302 -> RedirectAction.RedirectResponseCode.FOUND;
                            case 303 -> RedirectAction.RedirectResponseCode.SEE_OTHER;
                            case 307 -> RedirectAction.RedirectResponseCode.TEMPORARY_REDIRECT;
                            case 308 -> RedirectAction.RedirectResponseCode.PERMANENT_REDIRECT;
                            default -> RedirectAction.RedirectResponseCode.MOVED_PERMANENTLY;
                        })
                .build();
    }

    private static void rewrite(
            RouteAction.Builder action, HttpRewrite rewrite, @Nullable HttpMatchRequest match) {
        if (rewrite.authority() != null) {
            action.setHostRewriteLiteral(rewrite.authority());
        }
        if (rewrite.uri() == null) {
            return;
        }
        if (match != null && match.uri() instanceof StringMatch.Regex) {
            action.setRegexRewrite(
                    RegexMatchAndSubstitute.newBuilder()
                            .setPattern(Envoy.regex("^[^?]*"))
                            .setSubstitution(rewrite.uri().replace("\\", "\\\\")));
        } else {
            action.setPrefixRewrite(rewrite.uri());
        }
    }

    /// @return empty when the user has turned retrying off
    private static Optional<RetryPolicy> retries(@Nullable HttpRetry retry) {
        if (retry == null) {
            return Optional.of(defaultRetries());
        }
        var attempts = retry.attempts() == null ? DEFAULT_RETRIES : retry.attempts();
        if (attempts == 0) {
            return Optional.empty();
        }
        var policy = defaultRetries().toBuilder().setNumRetries(Envoy.number(attempts));
        if (retry.perTryTimeout() != null) {
            policy.setPerTryTimeout(Envoy.duration(retry.perTryTimeout()));
        }
        if (retry.retryOn() != null && !retry.retryOn().isBlank()) {
            var words = Arrays.stream(retry.retryOn().split(",")).map(String::strip).toList();
            var conditions = new ArrayList<String>();
            policy.clearRetriableStatusCodes();
            for (var word : words) {
                if (STATUS_CODE.matcher(word).matches()) {
                    policy.addRetriableStatusCodes(Integer.parseInt(word));
                } else {
                    conditions.add(word);
                }
            }
            if (policy.getRetriableStatusCodesCount() > 0
                    && !conditions.contains("retriable-status-codes")) {
                conditions.add("retriable-status-codes");
            }
            policy.setRetryOn(String.join(",", conditions));
        }
        return Optional.of(policy.build());
    }

    private static RetryPolicy defaultRetries() {
        return RetryPolicy.newBuilder()
                .setRetryOn(DEFAULT_RETRY_ON)
                .setNumRetries(Envoy.number(DEFAULT_RETRIES))
                .addRetriableStatusCodes(503)
                .addRetryHostPredicate(
                        RetryPolicy.RetryHostPredicate.newBuilder()
                                .setName(PREVIOUS_HOSTS)
                                .setTypedConfig(
                                        Envoy.any(PreviousHostsPredicate.getDefaultInstance())))
                .setHostSelectionRetryMaxAttempts(RETRY_HOST_ATTEMPTS)
                .build();
    }

    private static RouteMatch match(@Nullable HttpMatchRequest match) {
        var result = RouteMatch.newBuilder();
        if (match == null || match.uri() == null) {
            result.setPrefix("/");
        } else {
            switch (match.uri()) {
                case StringMatch.Exact(var exact) -> result.setPath(exact);
                case StringMatch.Prefix(var prefix) -> result.setPrefix(prefix);
                case StringMatch.Regex(var regex) -> result.setSafeRegex(Envoy.regex(regex));
                case StringMatch.Present() -> result.setPrefix("/");
            }
        }
        if (match == null) {
            return result.build();
        }
        if (match.ignoreUriCase() && !(match.uri() instanceof StringMatch.Regex)) {
            result.setCaseSensitive(com.google.protobuf.BoolValue.of(false));
        }
        pseudoHeader(result, ":scheme", match.scheme());
        pseudoHeader(result, ":method", match.method());
        pseudoHeader(result, ":authority", match.authority());
        match.headers().forEach((name, value) -> result.addHeaders(header(name, value)));
        match.withoutHeaders()
                .forEach((name, value) ->
                        result.addHeaders(header(name, value).setInvertMatch(true)));
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

    private static HeaderMatcher.Builder header(String name, StringMatch match) {
        var matcher = HeaderMatcher.newBuilder().setName(name);
        return match instanceof StringMatch.Present
                ? matcher.setPresentMatch(true)
                : matcher.setStringMatch(Envoy.matcher(match));
    }

    private static void headers(Route.Builder route, Headers headers) {
        var request = headers.request();
        if (request != null) {
            route.addAllRequestHeadersToAdd(options(request))
                    .addAllRequestHeadersToRemove(request.remove());
        }
        var response = headers.response();
        if (response != null) {
            route.addAllResponseHeadersToAdd(options(response))
                    .addAllResponseHeadersToRemove(response.remove());
        }
    }

    private static void headers(WeightedCluster.ClusterWeight.Builder weight, Headers headers) {
        var request = headers.request();
        if (request != null) {
            weight.addAllRequestHeadersToAdd(options(request))
                    .addAllRequestHeadersToRemove(request.remove());
        }
        var response = headers.response();
        if (response != null) {
            weight.addAllResponseHeadersToAdd(options(response))
                    .addAllResponseHeadersToRemove(response.remove());
        }
    }

    private static List<HeaderValueOption> options(HeaderOperations operations) {
        var options = new ArrayList<HeaderValueOption>();
        operations
                .set()
                .forEach((name, value) ->
                        options.add(
                                option(
                                        name,
                                        value,
                                        HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD)));
        operations
                .add()
                .forEach((name, value) ->
                        options.add(
                                option(name, value, HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD)));
        return options;
    }

    /// The caller says who it is. Only to services of the mesh: nobody outside needs to know.
    private static HeaderValueOption peerHeader() {
        return HeaderValueOption.newBuilder()
                .setHeader(
                        HeaderValue.newBuilder()
                                .setKey(Names.PEER_HEADER)
                                .setValue("%CEL(xds.node.metadata.PEER)%"))
                .setAppendAction(HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD)
                .build();
    }

    private static HeaderValueOption option(String name, String value, HeaderAppendAction action) {
        return HeaderValueOption.newBuilder()
                .setHeader(HeaderValue.newBuilder().setKey(name).setValue(value))
                .setAppendAction(action)
                .build();
    }
}
