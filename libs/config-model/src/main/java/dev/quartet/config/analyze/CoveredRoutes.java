package dev.quartet.config.analyze;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.networking.HttpMatchRequest;
import dev.quartet.config.networking.HttpRoute;
import dev.quartet.config.networking.VirtualService;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Routes and matches that are never reached, since earlier ones take every request that they could. What follows a route
/// without conditions is the business of `VirtualServiceRules`. A route that hands over covers nothing: what its delegate does not
/// take falls on.
final class CoveredRoutes implements Analyzer {
    private static final FieldPath HTTP = FieldPath.SPEC.field("http");

    /// @param place in the order in which matches are tried
    private record Placed(
            int place, int route, int index, HttpMatchRequest match, Set<String> conditions) {
        FieldPath path() {
            return HTTP.index(route).field("match").index(index);
        }
    }

    @Override
    public Set<Reason> reasons() {
        return Set.of(Reason.UNREACHABLE_ROUTE, Reason.INEFFECTIVE_MATCH);
    }

    @Override
    public void look(Scene scene, Report problems) {
        for (var routes : scene.all(VirtualService.class)) {
            http(routes, problems);
            equal(
                    routes,
                    "tls",
                    routes.spec().tls().stream().map(route -> List.copyOf(route.match())).toList(),
                    problems);
            equal(
                    routes,
                    "tcp",
                    routes.spec().tcp().stream().map(route -> List.copyOf(route.match())).toList(),
                    problems);
        }
    }

    private static void http(Of<VirtualService> routes, Report problems) {
        var matches = reachable(routes.spec().http());
        if (matches.size() < 2) {
            return;
        }
        var lengths =
                matches.stream()
                        .map(placed -> Conditions.prefixLength(placed.match()))
                        .filter(java.util.Objects::nonNull)
                        .collect(Collectors.toCollection(TreeSet::new));
        var index = new SubsetIndex<>(matches, Placed::conditions);
        Map<Integer, Map<Placed, Placed>> covered = new HashMap<>();
        for (var placed : matches) {
            index.within(Conditions.implied(placed.match(), lengths))
                    .filter(earlier -> earlier.place() < placed.place())
                    .filter(earlier -> !handsOver(routes, earlier))
                    .filter(earlier -> isForAll(earlier.match(), placed.match()))
                    .min(Comparator.comparingInt(Placed::place))
                    .ifPresent(earlier ->
                            covered.computeIfAbsent(placed.route(), r -> new HashMap<>())
                                    .put(placed, earlier));
        }
        covered.forEach((route, ofRoute) -> {
            var all = routes.spec().http().get(route).match().size();
            if (ofRoute.size() == all) {
                unreachable(
                        routes,
                        HTTP.index(route),
                        ofRoute.values().stream().map(Placed::path),
                        problems);
            } else {
                ofRoute.forEach((placed, earlier) ->
                        ineffective(routes, placed.path(), earlier.path(), problems));
            }
        });
    }

    private static boolean handsOver(Of<VirtualService> routes, Placed placed) {
        return routes.spec().http().get(placed.route()).delegate() != null;
    }

    /// The matches up to a route that takes everything.
    private static List<Placed> reachable(List<HttpRoute> routes) {
        var matches = new ArrayList<Placed>();
        for (int i = 0; i < routes.size(); i++) {
            var ofRoute = routes.get(i).match();
            var last = ofRoute.isEmpty();
            for (int j = 0; j < ofRoute.size(); j++) {
                var conditions = Conditions.of(ofRoute.get(j));
                matches.add(new Placed(matches.size(), i, j, ofRoute.get(j), conditions));
                last |= conditions.isEmpty() && ofRoute.get(j).gateways().isEmpty();
            }
            if (last && routes.get(i).delegate() == null) {
                break;
            }
        }
        return matches;
    }

    /// No gateways means all of them.
    private static boolean isForAll(HttpMatchRequest earlier, HttpMatchRequest later) {
        return earlier.gateways().isEmpty()
                || !later.gateways().isEmpty() && earlier.gateways().containsAll(later.gateways());
    }

    /// TLS and TCP: a match that says the same as an earlier one, and what follows a TCP route without conditions.
    private static void equal(
            Of<VirtualService> routes,
            String field,
            List<? extends List<?>> matches,
            Report problems) {
        Map<Object, FieldPath> first = new HashMap<>();
        for (int i = 0; i < matches.size(); i++) {
            var path = FieldPath.SPEC.field(field).index(i);
            var covered = new HashMap<FieldPath, FieldPath>();
            for (int j = 0; j < matches.get(i).size(); j++) {
                var match = path.field("match").index(j);
                var earlier = first.putIfAbsent(matches.get(i).get(j), match);
                if (earlier != null) {
                    covered.put(match, earlier);
                }
            }
            if (!covered.isEmpty() && covered.size() == matches.get(i).size()) {
                unreachable(routes, path, covered.values().stream(), problems);
            } else {
                covered.forEach((match, earlier) -> ineffective(routes, match, earlier, problems));
            }
            if (matches.get(i).isEmpty() && i + 1 < matches.size()) {
                unreachable(
                        routes,
                        FieldPath.SPEC.field(field).index(i + 1),
                        Stream.of(path),
                        problems);
                return;
            }
        }
    }

    private static void unreachable(
            Of<VirtualService> routes,
            FieldPath route,
            Stream<FieldPath> earlier,
            Report problems) {
        problems.add(
                Reason.UNREACHABLE_ROUTE,
                routes,
                route,
                "the route is never reached: what it could take is taken by "
                        + earlier.map(FieldPath::text)
                                .distinct()
                                .sorted()
                                .limit(3)
                                .collect(Collectors.joining(" and ")),
                "move it up, or delete it");
    }

    private static void ineffective(
            Of<VirtualService> routes, FieldPath match, FieldPath earlier, Report problems) {
        problems.add(
                Reason.INEFFECTIVE_MATCH,
                routes,
                match,
                "the match is never reached: what it could take is taken by " + earlier,
                "move it up, or delete it");
    }
}
