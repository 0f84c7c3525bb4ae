package dev.quartet.pilot.translate;

import com.google.protobuf.Any;
import com.google.protobuf.util.Durations;
import dev.quartet.config.Problem;
import dev.quartet.config.Resource;
import dev.quartet.config.networking.Destination;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.HttpDirectResponse;
import dev.quartet.config.networking.HttpMatchRequest;
import dev.quartet.config.networking.HttpMirrorPolicy;
import dev.quartet.config.networking.HttpRoute;
import dev.quartet.config.networking.HttpRouteDestination;
import dev.quartet.config.networking.LoadBalancerSettings;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Service;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.RuntimeFractionalPercent;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteAction.HashPolicy;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.envoyproxy.envoy.type.v3.FractionalPercent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The routes of a virtual host, from a VirtualService or, without one, straight to the service.
/// A destination that does not exist answers 503 with a text that names the user's resource.
/// After Istio 1.4, `pilot/pkg/networking/core/v1alpha3/route/route.go`.
final class Routes {
    /// @param clusters all clusters that the routes name
    /// @param sources where each route comes from; empty where no VirtualService says anything
    /// @param skipped what another listener or client would have routes for
    /// @param problems why something of a delegate is not among the routes
    record Result(
            List<Route> routes,
            Set<String> clusters,
            List<RouteSource> sources,
            List<Skipped> skipped,
            List<Problem> problems) {}

    /// @param before number of the route that it would stand before
    record Skipped(RouteSource source, int before) {
        Skipped after(int others) {
            return new Skipped(source, before + others);
        }
    }

    private final Facts facts;
    private final Site site;
    private final Set<String> clusters = new HashSet<>();
    private final List<RouteSource> sources = new ArrayList<>();
    private final List<Skipped> skipped = new ArrayList<>();

    private Routes(Facts facts, Site site) {
        this.facts = facts;
        this.site = site;
    }

    static Result of(Facts facts, Resource<VirtualService> service, Site site) {
        var routes = new Routes(facts, site);
        var written = WrittenRoute.of(facts, service);
        return new Result(
                routes.translate(written.routes()),
                Set.copyOf(routes.clusters),
                routes.sources,
                routes.skipped,
                written.problems());
    }

    /// One of a route's destinations, as it comes to be.
    ///
    /// @param number among the user's
    /// @param cluster empty where it does not exist
    record Sent(int number, String cluster, int weight) {}

    /// The destinations of a route that get anything.
    static List<Sent> sent(Facts facts, WrittenRoute written, Site site) {
        return new Routes(facts, site)
                .targets(written).stream()
                        .map(target -> new Sent(target.number(), target.cluster(), target.weight()))
                        .toList();
    }

    /// Everything goes to the service itself.
    static Result straightTo(Facts facts, Service service, Service.Port port, Site site) {
        var routes = new Routes(facts, site);
        var action = RouteAction.newBuilder();
        var cluster = Names.outbound(port.number(), "", service.host());
        var target =
                new Target(
                        0,
                        cluster,
                        Optional.empty(),
                        100,
                        service.inMesh(),
                        Optional.empty(),
                        routes.hashing(service.host(), "", port.number()));
        routes.forward(action, List.of(target));
        timeout(action, null);
        action.setRetryPolicy(RetryPolicies.byDefault());
        var route =
                Route.newBuilder()
                        .setName("default")
                        .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                        .setRoute(action)
                        .setDecorator(decorator(service.host() + ":" + port.number() + "/*"));
        if (service.inMesh()) {
            route.addRequestHeadersToAdd(HeaderEdits.peer());
        }
        if (DynamicNames.has(service)) {
            route.putAllTypedPerFilterConfig(DynamicNames.said(service, port));
        }
        return new Result(
                List.of(route.build()),
                Set.copyOf(routes.clusters),
                List.of(),
                List.of(),
                List.of());
    }

    private List<Route> translate(List<WrittenRoute> all) {
        var routes = new ArrayList<Route>();
        for (var written : all) {
            var http = written.route();
            if (http.match().isEmpty()) {
                routes.add(route(written, null));
                sources.add(new RouteSource(written, RouteSource.NO_MATCH));
                return routes; // nothing after a route that takes all can ever match
            }
            for (int i = 0; i < http.match().size(); i++) {
                var match = http.match().get(i);
                var source = new RouteSource(written, i);
                if (!RouteMatches.apply(match, written.service().namespace(), site)) {
                    skipped.add(new Skipped(source, routes.size()));
                } else {
                    var route = route(written, match);
                    routes.add(route);
                    sources.add(source);
                    if (RouteMatches.takesAll(route.getMatch())) {
                        return routes;
                    }
                }
            }
        }
        return routes;
    }

    private Route route(WrittenRoute written, @Nullable HttpMatchRequest match) {
        var service = written.service();
        var http = written.route();
        var route =
                Route.newBuilder()
                        .setName(name(http, match))
                        .setMatch(RouteMatches.of(match))
                        .setMetadata(
                                Envoy.metadata(
                                        "istio",
                                        Map.of(
                                                "config",
                                                Clusters.config(service, "virtual-service"))));
        if (match != null && match.statPrefix() != null) {
            route.setStatPrefix(match.statPrefix());
        }
        var edits = HeaderEdits.of(http);
        edits.applyTo(route);
        filters(route, http);
        if (http.redirect() != null) {
            return route.setRedirect(Redirects.of(http.redirect(), site.port())).build();
        }
        if (http.directResponse() != null) {
            return route.setDirectResponse(answer(http.directResponse())).build();
        }
        var targets = targets(written);
        var missing = targets.stream().allMatch(target -> target.cluster().isEmpty());
        if (missing) {
            return route.setDirectResponse(explain(written)).build();
        }
        var action = RouteAction.newBuilder();
        forward(action, targets);
        if (targets.size() == 1) {
            route.putAllTypedPerFilterConfig(dynamic(targets.getFirst()));
        }
        if (targets.stream().filter(target -> !target.cluster().isEmpty()).allMatch(Target::inMesh)
                && mirrorsStayInMesh(written)) {
            route.addRequestHeadersToAdd(HeaderEdits.peer());
        }
        edits.applyHostTo(action);
        if (http.rewrite() != null) {
            Rewrites.apply(action, http.rewrite(), match);
        }
        timeout(action, http.timeout());
        RetryPolicies.of(http.retries()).ifPresent(action::setRetryPolicy);
        mirrors(action, written);
        return route.setRoute(action)
                .setDecorator(decorator(operation(service, targets, route.getMatch())))
                .build();
    }

    /// What a span of the route is named: `host:port/path*`, or with the VirtualService's name where several destinations share it.
    private String operation(
            Resource<VirtualService> service, List<Target> targets, RouteMatch match) {
        var only =
                targets.size() == 1
                        ? targets.getFirst().name()
                        : Optional.<Names.OutboundName>empty();
        var where =
                only.map(name -> name.host() + ":" + name.port())
                        .orElseGet(() -> service.name() + ":" + site.port());
        return where
                + switch (match.getPathSpecifierCase()) {
                    case PREFIX -> match.getPrefix() + "*";
                    case PATH_SEPARATED_PREFIX -> match.getPathSeparatedPrefix() + "*";
                    case PATH -> match.getPath();
                    case SAFE_REGEX -> match.getSafeRegex().getRegex();
                    case CONNECT_MATCHER, PATH_MATCH_POLICY, PATHSPECIFIER_NOT_SET -> "/*";
                };
    }

    /// Filters of the chain that do something on this route.
    private static void filters(Route.Builder route, HttpRoute http) {
        if (http.corsPolicy() != null) {
            route.putTypedPerFilterConfig(
                    CorsPolicies.FILTER, Envoy.any(CorsPolicies.of(http.corsPolicy())));
        }
        if (http.fault() != null) {
            Faults.of(http.fault())
                    .ifPresent(fault ->
                            route.putTypedPerFilterConfig(Faults.FILTER, Envoy.any(fault)));
        }
    }

    /// None when the user has set none; then a gRPC client's own deadline holds (`grpc-timeout`). Not both: Envoy forgets the
    /// route's `timeout` where it has a `max_stream_duration`, and answers 408 in place of 504.
    private static void timeout(RouteAction.Builder action, @Nullable Duration timeout) {
        if (timeout == null || timeout.isZero()) {
            action.setTimeout(Durations.ZERO)
                    .setMaxStreamDuration(
                            RouteAction.MaxStreamDuration.newBuilder()
                                    .setGrpcTimeoutHeaderMax(Durations.ZERO));
        } else {
            action.setTimeout(Envoy.duration(timeout));
        }
    }

    /// Copies that nobody waits for. One for a destination that does not exist is left out.
    private void mirrors(RouteAction.Builder action, WrittenRoute written) {
        var http = written.route();
        if (http.mirror() != null) {
            mirror(
                    action,
                    written,
                    http.mirror(),
                    Shares.of(http.mirrorPercentage(), http.mirrorPercent(), 100));
        }
        for (var mirror : http.mirrors()) {
            mirror(
                    action,
                    written,
                    mirror.destination(),
                    Shares.of(mirror.percentage(), null, 100));
        }
    }

    private boolean mirrorsStayInMesh(WrittenRoute written) {
        var http = written.route();
        return Stream.concat(
                        Stream.ofNullable(http.mirror()),
                        http.mirrors().stream().map(HttpMirrorPolicy::destination))
                .map(mirror -> Hosts.resolve(mirror.host(), written.service().namespace()))
                .map(facts::service)
                .flatMap(Optional::stream)
                .allMatch(Service::inMesh);
    }

    private void mirror(
            RouteAction.Builder action,
            WrittenRoute written,
            Destination destination,
            FractionalPercent share) {
        var host = Hosts.resolve(destination.host(), written.service().namespace());
        if (share.getNumerator() == 0
                || facts.service(host).filter(DynamicNames::has).isPresent()) {
            return; // a copy passes no filter that could look a name up
        }
        cluster(host, destination, written)
                .map(Names.OutboundName::cluster)
                .ifPresent(cluster -> {
                    clusters.add(cluster);
                    action.addRequestMirrorPolicies(
                            RouteAction.RequestMirrorPolicy.newBuilder()
                                    .setCluster(cluster)
                                    .setRuntimeFraction(
                                            RuntimeFractionalPercent.newBuilder()
                                                    .setDefaultValue(share)));
                });
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
    private record Target(
            int number,
            String cluster,
            Optional<Names.OutboundName> name,
            int weight,
            boolean inMesh,
            Optional<HeaderEdits> edits,
            Optional<HashPolicy> hash) {}

    private List<Target> targets(WrittenRoute written) {
        var service = written.service();
        var http = written.route();
        var targets = new ArrayList<Target>();
        for (int number = 0; number < http.route().size(); number++) {
            var destination = http.route().get(number);
            var weight = weight(destination, http.route().size());
            if (weight == 0) {
                continue; // Istio drops it
            }
            var host = Hosts.resolve(destination.destination().host(), service.namespace());
            var cluster = cluster(host, destination.destination(), written);
            targets.add(
                    new Target(
                            number,
                            cluster.map(Names.OutboundName::cluster).orElse(""),
                            cluster,
                            weight,
                            facts.service(host).map(Service::inMesh).orElse(false),
                            Optional.of(HeaderEdits.of(destination))
                                    .filter(edits -> !edits.isEmpty()),
                            cluster.flatMap(name -> hashing(host, name.subset(), name.port()))));
        }
        return targets;
    }

    private static int weight(HttpRouteDestination destination, int among) {
        var weight = destination.weight();
        return weight == null ? (among == 1 ? 100 : 0) : among == 1 ? 100 : weight;
    }

    private Optional<HashPolicy> hashing(String host, String subset, int port) {
        return DestinationRules.of(facts, host, site.namespace())
                .flatMap(rule ->
                        TrafficPolicies.balancing(
                                TrafficPolicies.layers(rule.spec(), subset, port)))
                .map(LoadBalancerSettings::consistentHash)
                .flatMap(HashPolicies::of);
    }

    private Optional<Names.OutboundName> cluster(
            String host, Destination destination, WrittenRoute written) {
        return facts.service(host)
                .filter(found -> DynamicNames.takesRequests(found, written.hosts()))
                .flatMap(_ ->
                        Destinations.cluster(
                                facts, host, destination, site.namespace(), site.port()));
    }

    private void forward(RouteAction.Builder action, List<Target> targets) {
        targets.stream()
                .map(Target::hash)
                .flatMap(Optional::stream)
                .distinct()
                .forEach(action::addHashPolicy);
        if (targets.size() == 1) {
            var target = targets.getFirst();
            action.setCluster(named(target));
            if (target.edits().isEmpty()) {
                return;
            }
        }
        var weighted = WeightedCluster.newBuilder();
        for (var target : targets) {
            var weight =
                    WeightedCluster.ClusterWeight.newBuilder()
                            .setName(named(target))
                            .setWeight(Envoy.number(target.weight()));
            target.edits().ifPresent(edits -> edits.applyTo(weight));
            if (targets.size() > 1) {
                weight.putAllTypedPerFilterConfig(dynamic(target));
            }
            weighted.addClusters(weight);
        }
        action.setWeightedClusters(weighted);
    }

    /// What is said to the filters that look names up.
    private Map<String, Any> dynamic(Target target) {
        return target.name()
                .flatMap(name ->
                        facts.service(name.host())
                                .filter(DynamicNames::has)
                                .flatMap(service ->
                                        service.port(name.port())
                                                .map(port -> DynamicNames.said(service, port))))
                .orElse(Map.of());
    }

    /// The share of a destination that does not exist is refused, the others keep theirs.
    private String named(Target target) {
        var name = target.cluster().isEmpty() ? Names.BLACK_HOLE : target.cluster();
        clusters.add(name);
        return name;
    }

    private DirectResponseAction explain(WrittenRoute written) {
        var service = written.service();
        var http = written.route();
        var destination = http.route().isEmpty() ? null : http.route().getFirst().destination();
        var narrower =
                Optional.ofNullable(destination)
                        .flatMap(it -> facts.service(Hosts.resolve(it.host(), service.namespace())))
                        .filter(found -> !DynamicNames.takesRequests(found, written.hosts()));
        var what =
                destination == null
                        ? "a route without destinations"
                        : narrower.isPresent()
                                ? Destinations.ownNamesOnly(narrower.get().host())
                                : "no %sservice %s"
                                        .formatted(
                                                destination.subset() == null
                                                        ? ""
                                                        : "subset \""
                                                                + destination.subset()
                                                                + "\" of ",
                                                Hosts.resolve(
                                                        destination.host(), service.namespace()));
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
}
