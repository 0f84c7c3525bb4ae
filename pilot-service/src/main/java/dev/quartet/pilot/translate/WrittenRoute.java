package dev.quartet.pilot.translate;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.Resource;
import dev.quartet.config.networking.Delegation;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.HttpBody;
import dev.quartet.config.networking.HttpDirectResponse;
import dev.quartet.config.networking.HttpMatchRequest;
import dev.quartet.config.networking.HttpRoute;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.pilot.snapshot.Facts;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An HTTP route as users have written it: a VirtualService's own, or one of a delegate that a route hands over to.
///
/// @param service in which it stands, and in whose namespace its names are looked up
/// @param number among its routes
/// @param route as it is in force
/// @param pairs where the matches of a route that was handed over come from
/// @param handedOver by which route; empty: by none
record WrittenRoute(
        Resource<VirtualService> service,
        int number,
        HttpRoute route,
        List<Delegation.Pair> pairs,
        Optional<Handing> handedOver) {
    private static final int NOT_FOUND = 404;

    /// A route that hands over.
    ///
    /// @param inherited its fields that count, since the delegate leaves them out
    record Handing(Resource<VirtualService> service, int number, Set<String> inherited) {
        /// `spec.http[1]`.
        Origin origin() {
            return at(service, number);
        }
    }

    /// @param problems why something in a delegate, or all of it, is not among them
    record All(List<WrittenRoute> routes, List<Problem> problems) {}

    /// The routes of a VirtualService that has hosts, in order. Where a delegate is not there, or not to be seen, all that was to be
    /// handed over is answered with 404, and so is what makes too many pairs of matches: another route might send it to somebody for whom it is not.
    static All of(Facts facts, Resource<VirtualService> service) {
        var routes = new ArrayList<WrittenRoute>();
        var problems = new ArrayList<Problem>();
        var left = Delegation.MOST_PAIRS;
        for (int number = 0; number < service.spec().http().size(); number++) {
            var http = service.spec().http().get(number);
            if (http.delegate() == null) {
                routes.add(own(service, number, http));
            } else {
                left -= handOver(facts, service, number, http, left, routes, problems);
            }
        }
        return new All(routes, problems);
    }

    private static WrittenRoute own(Resource<VirtualService> service, int number, HttpRoute http) {
        return new WrittenRoute(service, number, http, List.of(), Optional.empty());
    }

    /// @param left pairs of matches that may be made yet
    /// @return how many were made
    private static int handOver(
            Facts facts,
            Resource<VirtualService> service,
            int number,
            HttpRoute http,
            int left,
            List<WrittenRoute> routes,
            List<Problem> problems) {
        var key = Objects.requireNonNull(http.delegate()).key(service.namespace());
        var delegate = facts.delegate(key);
        if (delegate.isEmpty()) {
            // Galley tells it with every change
            var what = "no %s without hosts".formatted(key);
            routes.add(own(service, number, refused(http, what, service)));
            return 0;
        }
        if (!delegate.get().visibility().from(service.namespace())) {
            var what = "%s is not exported to namespace %s".formatted(key, service.namespace());
            routes.add(own(service, number, refused(http, what, service)));
            problems.add(
                    new Problem(
                            Reason.DELEGATE_NOT_EXPORTED,
                            service.key(),
                            null,
                            at(service, number).field("delegate").path(),
                            what,
                            "add the namespace to its exportTo"));
            return 0;
        }
        var owner = delegate.get().routes();
        var merged =
                Delegation.of(http, service.namespace(), owner.spec(), owner.namespace(), left);
        for (var route : merged.routes()) {
            routes.add(
                    new WrittenRoute(
                            owner,
                            route.number(),
                            route.route(),
                            route.pairs(),
                            Optional.of(new Handing(service, number, route.inherited()))));
        }
        if (!merged.whole()) {
            var what = "%s makes too many pairs of matches".formatted(key);
            routes.add(own(service, number, refused(http, what, service)));
        }
        for (var out : merged.leftOut()) {
            problems.add(
                    new Problem(
                            Reason.MATCH_NOT_HANDED_OVER,
                            owner.key(),
                            null,
                            out.path(),
                            "%s of %s".formatted(out.why(), at(service, number)),
                            out.fix()));
        }
        return merged.pairs();
    }

    private static HttpRoute refused(
            HttpRoute http, String what, Resource<VirtualService> service) {
        var text = "quartet: %s (%s)\n".formatted(what, service.key());
        return HttpRoute.of(
                http.name(),
                http.match(),
                List.of(),
                new HttpDirectResponse(NOT_FOUND, new HttpBody(text, null)));
    }

    private static Origin at(Resource<VirtualService> service, int number) {
        return new Origin(service.key(), FieldPath.SPEC.field("http").index(number));
    }

    /// Whose requests come to it: of the VirtualService that hands over, since a delegate has none.
    List<String> hosts() {
        var asked = handedOver.map(Handing::service).orElse(service);
        return asked.spec().hosts().stream()
                .map(host -> Hosts.resolve(host, asked.namespace()))
                .toList();
    }

    /// `spec.http[1]`.
    Origin origin() {
        return at(service, number);
    }

    /// Where one of its fields is set: here, or in the route that hands over.
    Origin origin(String field) {
        if (handedOver.isEmpty() && service.spec().http().get(number).delegate() != null) {
            return origin().field("delegate"); // an answer in the place of a delegate
        }
        return handedOver
                .filter(by -> by.inherited().contains(field))
                .map(Handing::origin)
                .orElseGet(this::origin)
                .field(field);
    }

    /// @param index of a match of [#route()], or [RouteSource#NO_MATCH]
    @Nullable HttpMatchRequest match(int index) {
        return index == RouteSource.NO_MATCH ? null : route.match().get(index);
    }

    /// `spec.http[1].match[0]`, or the route where none is written in it.
    Origin matchOrigin(int index) {
        var own = handedOver.isPresent() && index >= 0 ? pairs.get(index).own() : index;
        return own < 0 ? origin() : origin().field("match").index(own);
    }
}
