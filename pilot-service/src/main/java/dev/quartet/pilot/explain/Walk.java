package dev.quartet.pilot.explain;

import dev.quartet.config.Problem;
import dev.quartet.pilot.explain.Explanation.Detail;
import dev.quartet.pilot.explain.Explanation.End;
import dev.quartet.pilot.explain.Explanation.Outcome;
import dev.quartet.pilot.explain.Explanation.Passed;
import dev.quartet.pilot.explain.Explanation.Source;
import dev.quartet.pilot.explain.Explanation.Stage;
import dev.quartet.pilot.explain.Explanation.Step;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.translate.Origin;
import dev.quartet.pilot.translate.PolicyFilters;
import dev.quartet.pilot.translate.Provenance;
import dev.quartet.pilot.translate.Provenance.HostOrigins;
import dev.quartet.pilot.translate.Provenance.RouteOrigin;
import dev.quartet.policy.authorization.RequestPath;
import io.envoyproxy.envoy.config.core.v3.TrafficDirection;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The way of a request through one proxy, from its listener to the clusters that it is sent to. For one thread, once.
final class Walk {
    /// @param targets where it is sent; none where the proxy answers itself
    /// @param outcomes of what does not get as far
    /// @param mirrors clusters that get a copy
    record Result(
            List<Step> steps,
            List<Targets.Target> targets,
            List<Outcome> outcomes,
            List<String> mirrors,
            Optional<Route> route) {}

    private static final double ALL = 100;
    private static final int UNAUTHORIZED = 401;
    private static final int NOT_FOUND = 404;
    private static final int MOVED = 301;

    private final Party party;
    private final Question question;
    private final Optional<String> principal;
    private final List<Step> steps = new ArrayList<>();
    private final List<Targets.Target> targets = new ArrayList<>();
    private final List<Outcome> outcomes = new ArrayList<>();
    private final List<String> mirrors = new ArrayList<>();
    private Optional<Route> taken = Optional.empty();

    /// What says how TLS ends at a gateway, and so which requests may come by it.
    private List<Source> server = List.of();

    private Walk(Party party, Question question, Optional<String> principal) {
        this.party = party;
        this.question = question;
        this.principal = principal;
    }

    /// @param how the connection comes to the listener, in words
    /// @param principal that the client has proved to be; empty: none
    static Result of(
            Party party,
            Question question,
            Listener listener,
            FilterChains.Connection connection,
            String how,
            Optional<String> principal) {
        var walk = new Walk(party, question, principal);
        walk.listener(listener, connection, how);
        return new Result(
                List.copyOf(walk.steps),
                List.copyOf(walk.targets),
                List.copyOf(walk.outcomes),
                List.copyOf(walk.mirrors),
                walk.taken);
    }

    private void listener(Listener listener, FilterChains.Connection connection, String how) {
        var port = listener.getAddress().getSocketAddress().getPortValue();
        steps.add(
                new Step(
                        Stage.LISTENER,
                        listener.getName(),
                        how,
                        Party.sources(
                                party.provenance().listener(listener.getName(), port).stream()),
                        List.of(),
                        List.of()));
        var choice = FilterChains.choose(listener, connection);
        var passed =
                choice.passed().stream()
                        .filter(it ->
                                choice.chain().isEmpty() || !otherPort(it.chain(), connection))
                        .map(it -> new Passed(name(it.chain()), it.why(), List.of()))
                        .toList();
        if (choice.chain().isEmpty()) {
            steps.add(
                    new Step(
                            Stage.CONNECTION,
                            "none",
                            "no filter chain takes the connection: it is closed",
                            List.of(),
                            List.of(),
                            passed));
            outcomes.add(
                    closed(
                            "closed: no filter chain of listener %s takes it"
                                    .formatted(listener.getName())));
            return;
        }
        var chain = choice.chain().get();
        var network = chain.getFilters(chain.getFiltersCount() - 1).getTypedConfig();
        if (network.is(HttpConnectionManager.class)) {
            var settings = party.provenance().endOfTls(listener.getName(), chain);
            var end = endOfTls(chain, settings);
            server = Party.sources(settings);
            if (listener.getFilterChainsCount() > 1 || !end.isEmpty()) {
                steps.add(
                        new Step(
                                Stage.CONNECTION,
                                name(chain),
                                "read as HTTP",
                                Party.sources(settings),
                                end,
                                passed));
            }
            http(
                    Resources.unpacked(network, HttpConnectionManager.class),
                    connection,
                    chain.hasTransportSocket());
        } else if (network.is(TcpProxy.class)) {
            tcp(listener, chain, Resources.unpacked(network, TcpProxy.class), passed, connection);
        } else {
            outcomes.add(closed("closed: filter chain %s forwards nothing".formatted(name(chain))));
        }
    }

    /// One of many, and no news.
    private static boolean otherPort(FilterChain chain, FilterChains.Connection connection) {
        var match = chain.getFilterChainMatch();
        return match.hasDestinationPort()
                && match.getDestinationPort().getValue() != connection.port();
    }

    /// Its name, else what it is for.
    static String name(FilterChain chain) {
        if (!chain.getName().isEmpty()) {
            return chain.getName();
        }
        var match = chain.getFilterChainMatch();
        var parts = new ArrayList<String>();
        if (match.hasDestinationPort()) {
            parts.add("port " + match.getDestinationPort().getValue());
        }
        match.getPrefixRangesList()
                .forEach(it ->
                        parts.add(it.getAddressPrefix() + "/" + it.getPrefixLen().getValue()));
        parts.addAll(match.getServerNamesList());
        if (!match.getTransportProtocol().isEmpty() && match.getServerNamesCount() == 0) {
            parts.add(match.getTransportProtocol());
        }
        parts.addAll(match.getApplicationProtocolsList());
        match.getSourcePrefixRangesList()
                .forEach(it ->
                        parts.add(
                                "from "
                                        + it.getAddressPrefix()
                                        + "/"
                                        + it.getPrefixLen().getValue()));
        return parts.isEmpty() ? "for all" : "for " + String.join(", ", parts);
    }

    private static Outcome closed(String text) {
        return new Outcome(ALL, End.CLOSED, null, null, null, null, List.of(), text, List.of());
    }

    private void tcp(
            Listener listener,
            FilterChain chain,
            TcpProxy proxy,
            List<Passed> passed,
            FilterChains.Connection connection) {
        var end = party.provenance().endOfTls(listener.getName(), chain);
        var origin = party.provenance().connections(listener.getName(), chain).or(() -> end);
        var because = Party.sources(origin);
        var clusters = new LinkedHashMap<String, Integer>();
        var byName = party.provenance().clusterByName(listener.getName(), chain, connection.sni());
        if (byName.isPresent()) {
            clusters.put(byName.get(), 1);
        } else if (proxy.hasWeightedClusters()) {
            proxy.getWeightedClusters()
                    .getClustersList()
                    .forEach(it -> clusters.merge(it.getName(), it.getWeight(), Integer::sum));
        } else {
            clusters.put(proxy.getCluster(), 1);
        }
        steps.add(
                new Step(
                        Stage.CONNECTION,
                        name(chain),
                        "bytes, not read as HTTP",
                        because,
                        Stream.of(
                                        endOfTls(chain, end),
                                        connectionDetails(proxy, clusters.keySet()),
                                        party
                                                .provenance()
                                                .connectionProblems(listener.getName(), chain)
                                                .stream()
                                                .map(Walk::unlikeWritten)
                                                .toList())
                                .flatMap(List::stream)
                                .toList(),
                        passed));
        var judged =
                listener.getTrafficDirection() == TrafficDirection.INBOUND
                                || party.proxy().role() == Proxy.Role.GATEWAY
                        ? AccessVerdict.of(party, question, connection, principal, false)
                        : Optional.<AccessVerdict>empty();
        judged.ifPresent(verdict -> steps.add(verdict.step()));
        var refusal = judged.flatMap(AccessVerdict::refusal);
        if (refusal.isPresent()) {
            outcomes.add(
                    new Outcome(
                            ALL,
                            End.CLOSED,
                            null,
                            null,
                            null,
                            null,
                            List.of(),
                            "closed: " + refusal.get(),
                            judged.get().step().because()));
            return;
        }
        forward(clusters, ALL, name -> outsideOr(name, because), false, "");
    }

    /// With the settings of a gateway that say it.
    private static List<Detail> endOfTls(FilterChain chain, Optional<Origin> settings) {
        return EndOfTls.of(chain, settings.isPresent(), Party.sources(settings));
    }

    private List<Detail> connectionDetails(TcpProxy proxy, Set<String> clusters) {
        var details = new ArrayList<Detail>();
        if (proxy.hasTunnelingConfig()) {
            var tunnel = proxy.getTunnelingConfig();
            details.add(
                    new Detail(
                            "through a tunnel to %s, which the endpoint is asked for by %s"
                                    .formatted(
                                            tunnel.getHostname(),
                                            tunnel.getUsePost() ? "POST" : "CONNECT"),
                            writtenIn("tunnel", clusters)));
        }
        if (proxy.hasIdleTimeout()) {
            var silence = proxy.getIdleTimeout();
            details.add(
                    new Detail(
                            silence.equals(com.google.protobuf.Duration.getDefaultInstance())
                                    ? "never closed for being silent"
                                    : "closed when it is silent for " + RouteDetails.words(silence),
                            writtenIn("connectionPool", clusters)));
        }
        return details;
    }

    private static Detail unlikeWritten(Problem problem) {
        return new Detail(
                "not as it is written: " + problem.fault(),
                Optional.ofNullable(problem.resource()).stream()
                        .map(it -> Source.of(new Origin(it, problem.path())))
                        .toList());
    }

    private List<Source> writtenIn(String part, Set<String> clusters) {
        return clusters.stream()
                .map(cluster -> party.provenance().cluster(cluster).parts().get(part))
                .flatMap(Stream::ofNullable)
                .map(Source::of)
                .distinct()
                .toList();
    }

    /// What leaves the mesh does so because a policy lets it.
    private List<Source> outsideOr(String cluster, List<Source> because) {
        var unknown =
                because.isEmpty()
                        && !cluster.startsWith("outbound|")
                        && !cluster.startsWith("inbound|");
        return unknown ? Party.sources(party.provenance().outside()) : because;
    }

    private interface Because {
        List<Source> of(String cluster);
    }

    private void forward(
            Map<String, Integer> clusters,
            double percent,
            Because because,
            boolean http,
            String missing) {
        var all = clusters.values().stream().mapToInt(it -> it).sum();
        clusters.forEach((name, weight) -> {
            if (weight == 0) {
                return;
            }
            var target =
                    new Targets(party, question)
                            .of(name, percent * weight / all, because.of(name), http, missing);
            steps.add(target.step());
            targets.add(target);
        });
    }

    /// @param ends whether TLS ends at the proxy, so that it reads what is in it
    private void http(
            HttpConnectionManager manager, FilterChains.Connection connection, boolean ends) {
        var name = manager.getRds().getRouteConfigName();
        var table =
                manager.hasRouteConfig()
                        ? Optional.of(manager.getRouteConfig())
                        : party.resources().routes(name);
        if (table.isEmpty()) {
            steps.add(
                    new Step(
                            Stage.HOST,
                            name,
                            "the proxy has no such route table, and lets requests wait for it",
                            List.of(),
                            List.of(),
                            List.of()));
            outcomes.add(closed("waits for ever: the proxy has no route table " + name));
            return;
        }
        var read = ends || !connection.tls();
        var http =
                question.scheme().isHttp()
                        || question.scheme() == Question.Scheme.HTTPS && connection.own();
        if (!http || !read) {
            outcomes.add(
                    closed(
                            "closed: the listener reads HTTP, and the client speaks %s"
                                    .formatted(connection.tls() ? "TLS" : "something else")));
            return;
        }
        var request =
                HttpRequest.of(
                        question.authority(),
                        question.method(),
                        question.path(),
                        scheme(manager, connection),
                        question.headers(),
                        normalization(manager));
        if (getsPastTokens(manager, request) && mayCall(manager, connection)) {
            host(table.get(), request);
        }
    }

    private boolean getsPastTokens(HttpConnectionManager manager, HttpRequest request) {
        for (var filter : manager.getHttpFiltersList()) {
            var name = filter.getName();
            if (!name.startsWith(PolicyFilters.TOKENS)) {
                continue;
            }
            var port = Integer.parseInt(name.substring(PolicyFilters.TOKENS.length()));
            var needs =
                    party.resources()
                            .extension(name, JwtAuthentication.class)
                            .flatMap(config ->
                                    TokenNeeds.of(
                                            name,
                                            config,
                                            party.provenance().tokens(port),
                                            request));
            needs.ifPresent(it -> steps.add(it.step()));
            var refusal = needs.flatMap(TokenNeeds::refusal);
            if (refusal.isPresent()) {
                outcomes.add(
                        answer(UNAUTHORIZED, "401: " + refusal.get(), "", needs.get().because()));
                return false;
            }
        }
        return true;
    }

    private boolean mayCall(HttpConnectionManager manager, FilterChains.Connection connection) {
        if (manager.getHttpFiltersList().stream()
                .noneMatch(it -> it.getName().equals(Provenance.ONE_PATH_ONLY))) {
            return true;
        }
        var judged = AccessVerdict.of(party, question, connection, principal, true);
        judged.ifPresent(verdict -> steps.add(verdict.step()));
        var refusal = judged.flatMap(AccessVerdict::refusal);
        if (refusal.isPresent()) {
            var verdict = judged.get();
            outcomes.add(
                    answer(
                            verdict.status(),
                            verdict.status() + ": " + refusal.get(),
                            "",
                            verdict.step().because()));
        }
        return refusal.isEmpty();
    }

    private static UnaryOperator<String> normalization(HttpConnectionManager manager) {
        if (manager.getMergeSlashes()) {
            return path -> {
                int query = path.indexOf('?');
                return RequestPath.normalized(path).orElse(path)
                        + (query < 0 ? "" : path.substring(query));
            };
        }
        return manager.getNormalizePath().getValue() ? HttpRequest::normalized : path -> path;
    }

    /// What stands in front of a trusted client may say how it was spoken to.
    private String scheme(HttpConnectionManager manager, FilterChains.Connection connection) {
        var told = question.headers().getOrDefault("x-forwarded-proto", "");
        var trusted = !manager.hasUseRemoteAddress() || !manager.getUseRemoteAddress().getValue();
        return trusted && (told.equals("http") || told.equals("https"))
                ? told
                : connection.tls() ? "https" : "http";
    }

    private void host(RouteConfiguration table, HttpRequest request) {
        var found = Domains.find(table, request.authority());
        if (found.isEmpty()) {
            steps.add(
                    new Step(
                            Stage.HOST,
                            table.getName(),
                            "no virtual host has a domain for " + request.authority(),
                            List.of(),
                            List.of(),
                            List.of()));
            outcomes.add(
                    answer(
                            NOT_FOUND,
                            "404: no virtual host for " + request.authority(),
                            "",
                            List.of()));
            return;
        }
        var host = found.get().host();
        var origins = party.provenance().virtualHost(table.getName(), host);
        var service = hostName(host.getName());
        var routedBy =
                origins.routes().stream()
                        .map(it -> Origin.of(it.routedBy(), "hosts"))
                        .distinct()
                        .toList();
        var because =
                routedBy.isEmpty()
                        ? service
                                .flatMap(party.provenance()::service)
                                .flatMap(it -> it.origin())
                                .map(key -> Origin.of(key, "hosts"))
                                .stream()
                        : routedBy.stream();
        var others =
                service.or(() -> unrouted(host.getName()))
                        .map(it ->
                                party.provenance()
                                        .otherRoutes(
                                                it,
                                                routedBy.stream()
                                                        .map(Origin::resource)
                                                        .findFirst()))
                        .orElse(List.of());
        steps.add(
                new Step(
                        Stage.HOST,
                        host.getName(),
                        "by domain %s of route table %s"
                                .formatted(found.get().domain(), table.getName()),
                        isUnknown(host.getName())
                                ? Party.sources(party.provenance().outside())
                                : Party.sources(because),
                        List.of(),
                        others.stream()
                                .map(it ->
                                        new Passed(
                                                it.match().resource().toString(),
                                                it.why(),
                                                List.of(Source.of(it.match()))))
                                .toList()));
        if (host.getRequireTls() == VirtualHost.TlsRequirementType.ALL
                && !request.header(":scheme").equals(Optional.of("https"))) {
            toHttps(origins, request);
            return;
        }
        route(host.getRoutesList(), origins, request, isUnknown(host.getName()));
    }

    private void toHttps(HostOrigins origins, HttpRequest request) {
        var location = "https://" + request.authority() + request.path();
        outcomes.add(
                new Outcome(
                        ALL,
                        End.REDIRECTED,
                        MOVED,
                        null,
                        location,
                        null,
                        List.of(),
                        MOVED + " to " + location + ": the host takes HTTPS only",
                        Party.sources(origins.toHttps().stream())));
    }

    /// The host that is asked for, where a gateway has it and nobody routes it.
    private Optional<String> unrouted(String virtualHost) {
        return virtualHost.startsWith("blackhole")
                ? Optional.of(question.host())
                : Optional.empty();
    }

    /// What takes requests for hosts that the mesh does not know.
    private static boolean isUnknown(String virtualHost) {
        return virtualHost.equals("allow_any") || virtualHost.equals("block_all");
    }

    /// The host of `reviews.shop.svc.cluster.local:9080`; none of `allow_any` and the like.
    private static Optional<String> hostName(String virtualHost) {
        var colon = virtualHost.lastIndexOf(':');
        return colon < 0
                        || virtualHost.startsWith("inbound|")
                        || virtualHost.startsWith("blackhole")
                        || virtualHost.startsWith("misdirected")
                ? Optional.empty()
                : Optional.of(virtualHost.substring(0, colon));
    }

    private void route(
            List<Route> routes, HostOrigins origins, HttpRequest request, boolean unknownHost) {
        var passed = new ArrayList<Passed>();
        for (int i = 0; i < routes.size(); i++) {
            skipped(origins, i, passed);
            var route = routes.get(i);
            var origin = origins.route(i);
            var unmet = RouteConditions.unmet(route.getMatch(), request);
            if (unmet.isEmpty()) {
                taken = Optional.of(route);
                for (int after = i + 1; after <= routes.size(); after++) {
                    skipped(origins, after, passed);
                }
                act(route, origin, request, passed, unknownHost);
                return;
            }
            passed.add(
                    new Passed(
                            origin.map(it -> place(it.match(), it.handedOver().isPresent()))
                                    .orElse(route.getName()),
                            unmet.get(),
                            Party.sources(origin.map(RouteOrigin::match))));
        }
        skipped(origins, routes.size(), passed);
        steps.add(
                new Step(
                        Stage.ROUTE,
                        "none",
                        "no route takes the request",
                        List.of(),
                        List.of(),
                        passed));
        outcomes.add(
                answer(
                        NOT_FOUND,
                        "404: no route of the host takes the request",
                        "",
                        origins.routes().stream()
                                .flatMap(it -> Stream.of(it.routedBy(), it.route().resource()))
                                .map(it -> Source.of(Origin.of(it, "http")))
                                .distinct()
                                .toList()));
    }

    /// What makes no route for this proxy and would stand before the one with the number.
    private static void skipped(HostOrigins origins, int number, List<Passed> passed) {
        origins.skipped().stream()
                .filter(it -> it.before() == number)
                .forEach(it ->
                        passed.add(
                                new Passed(
                                        place(it.match(), it.handedOver()),
                                        it.why(),
                                        List.of(Source.of(it.match())))));
    }

    /// In a VirtualService that has the host the field alone; in a delegate with its name.
    private static String place(Origin at, boolean handedOver) {
        return handedOver ? at.toString() : at.path().text();
    }

    private static Outcome answer(int status, String text, String body, List<Source> because) {
        return new Outcome(ALL, End.ANSWERED, status, null, null, body, List.of(), text, because);
    }

    private void act(
            Route route,
            Optional<RouteOrigin> origin,
            HttpRequest request,
            List<Passed> passed,
            boolean unknownHost) {
        var details = RouteDetails.of(route, origin, request);
        var because =
                unknownHost
                        ? Party.sources(party.provenance().outside())
                        : Party.sources(origin.map(RouteOrigin::match));
        var text =
                switch (route.getActionCase()) {
                    case DIRECT_RESPONSE ->
                            "answers %d itself".formatted(route.getDirectResponse().getStatus());
                    case REDIRECT -> "redirects";
                    case ROUTE -> "forwards";
                    default -> "does nothing with it";
                };
        steps.add(
                new Step(
                        Stage.ROUTE,
                        route.getName().isEmpty() ? "(no name)" : route.getName(),
                        RouteDetails.match(route.getMatch()) + ": " + text,
                        because,
                        details,
                        passed));
        var left = ALL;
        var preflight = RouteDetails.preflight(route, request);
        if (preflight) {
            outcomes.add(
                    answer(
                            200,
                            "200: the proxy answers the browser's question before a request to another origin itself",
                            "",
                            Party.sources(origin.map(it -> it.field("corsPolicy")))));
            return;
        }
        var abort = RouteDetails.abort(route);
        if (abort.isPresent() && abort.get().percent() > 0) {
            outcomes.add(
                    new Outcome(
                            abort.get().percent(),
                            End.ANSWERED,
                            abort.get().status(),
                            null,
                            null,
                            null,
                            List.of(),
                            "%s: a fault that is injected".formatted(abort.get().text()),
                            Party.sources(origin.map(it -> it.field("fault").field("abort")))));
            left -= abort.get().percent();
        }
        if (left <= 0) {
            return;
        }
        switch (route.getActionCase()) {
            case DIRECT_RESPONSE -> {
                var response = route.getDirectResponse();
                var body =
                        response.getBody().getInlineString()
                                + response.getBody().getInlineBytes().toStringUtf8();
                var missing =
                        origin.map(RouteOrigin::missing).stream().flatMap(List::stream).toList();
                var first = missing.stream().findFirst();
                outcomes.add(
                        answer(
                                        response.getStatus(),
                                        response.getStatus()
                                                + ": "
                                                + first.map(it -> it.what())
                                                        .orElse(
                                                                body.isBlank()
                                                                        ? "the route answers itself"
                                                                        : "the route answers itself, \"%s\""
                                                                                .formatted(
                                                                                        body
                                                                                                .strip())),
                                        body,
                                        first.isPresent()
                                                ? Party.sources(first.map(it -> it.origin()))
                                                : unknownHost
                                                        ? because
                                                        : origin.map(it ->
                                                                        List.of(
                                                                                Source.of(
                                                                                        it.field(
                                                                                                "directResponse"))))
                                                                .orElse(server))
                                .share(left));
            }
            case REDIRECT -> {
                var status =
                        switch (route.getRedirect().getResponseCode()) {
                            case FOUND -> 302;
                            case SEE_OTHER -> 303;
                            case TEMPORARY_REDIRECT -> 307;
                            case PERMANENT_REDIRECT -> 308;
                            case MOVED_PERMANENTLY, UNRECOGNIZED -> 301;
                        };
                var location = Paths.location(route.getMatch(), route.getRedirect(), request);
                outcomes.add(
                        new Outcome(
                                left,
                                End.REDIRECTED,
                                status,
                                null,
                                location,
                                null,
                                List.of(),
                                status + " to " + location,
                                Party.sources(origin.map(it -> it.route().field("redirect")))));
            }
            case ROUTE -> clusters(route.getRoute(), origin, because, left);
            default ->
                    outcomes.add(
                            answer(NOT_FOUND, "404: the route has no action", "", because)
                                    .share(left));
        }
    }

    private void clusters(
            RouteAction action,
            Optional<RouteOrigin> origin,
            List<Source> otherwise,
            double percent) {
        var clusters = new LinkedHashMap<String, Integer>();
        if (action.hasWeightedClusters()) {
            action.getWeightedClusters()
                    .getClustersList()
                    .forEach(it ->
                            clusters.merge(it.getName(), it.getWeight().getValue(), Integer::sum));
        } else {
            clusters.put(action.getCluster(), 1);
        }
        action.getRequestMirrorPoliciesList().forEach(it -> mirrors.add(it.getCluster()));
        var missing =
                origin.map(RouteOrigin::missing).stream()
                        .flatMap(List::stream)
                        .map(it -> it.what())
                        .distinct()
                        .collect(Collectors.joining(", "));
        forward(clusters, percent, name -> sent(name, origin, otherwise), true, missing);
    }

    private static List<Source> sent(
            String cluster, Optional<RouteOrigin> origin, List<Source> otherwise) {
        @Nullable Origin named = origin.map(it -> it.destinations().get(cluster)).orElse(null);
        if (named != null) {
            return List.of(Source.of(named));
        }
        var missing =
                origin.map(RouteOrigin::missing).stream()
                        .flatMap(List::stream)
                        .map(it -> Source.of(it.origin()))
                        .toList();
        return missing.isEmpty() ? otherwise : missing;
    }
}
