package dev.quartet.config.networking;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/// What a route that hands over to another VirtualService stands for: the routes of that delegate, each where both match, and with
/// what the handing route sets for whatever the delegate leaves out. After Istio 1.8, `pilot/pkg/model/virtualservice.go`.
///
/// Each match of the delegate is joined with each of the handing route's that it is within: a path below its prefix, the same method, no
/// other port. A pair of which neither is within the other makes no match; a match of the delegate without any is left out, and so is a
/// route of which none is left. Pure functions.
public final class Delegation {
    /// Stands for the number of a match where there is none.
    public static final int NO_MATCH = -1;

    /// Pairs of matches that the routes of one handing VirtualService may make with all their delegates: two files of a moderate size
    /// could ask for billions.
    public static final int MOST_PAIRS = 10_000;

    /// One of the delegate's routes as it is in force.
    ///
    /// @param number among the delegate's routes
    /// @param route with hosts of the handing VirtualService by their full names, and gateways as `namespace/name`
    /// @param pairs where each of its matches comes from, in their order
    /// @param inherited the fields that the handing route has set
    public record Merged(int number, HttpRoute route, List<Pair> pairs, Set<String> inherited) {
        public Merged {
            pairs = List.copyOf(pairs);
            inherited = Set.copyOf(inherited);
        }
    }

    /// @param handing number of the match of the handing route, or [#NO_MATCH]
    /// @param own number of the delegate's match, or [#NO_MATCH]
    public record Pair(int handing, int own) {}

    /// A match of the delegate that is left out, or a route and all after it.
    ///
    /// @param path in the delegate: `spec.http[1].match[0]`
    /// @param why `uri prefix "/b" is not within prefix "/a"`
    public record LeftOut(FieldPath path, String why, String fix) {}

    /// @param routes in the delegate's order
    /// @param pairs how many were looked at
    /// @param whole false: there are too many, and the rest is left out
    public record Result(List<Merged> routes, List<LeftOut> leftOut, int pairs, boolean whole) {
        public Result {
            routes = List.copyOf(routes);
            leftOut = List.copyOf(leftOut);
        }
    }

    private final HttpRoute handing;

    /// Its matches, with names that mean the same in every namespace.
    private final List<HttpMatchRequest> handed;

    private final String home;
    private final String delegateHome;
    private final List<LeftOut> leftOut = new ArrayList<>();

    private Delegation(HttpRoute handing, String home, String delegateHome) {
        this.handing = handing;
        this.handed = handing.match().stream().map(it -> qualified(it, home)).toList();
        this.home = home;
        this.delegateHome = delegateHome;
    }

    /// @param handing the route that has a `delegate`
    /// @param home its namespace
    /// @param delegateHome the delegate's namespace
    /// @param most pairs that may be made yet, of [#MOST_PAIRS]
    public static Result of(
            HttpRoute handing,
            String home,
            VirtualService delegate,
            String delegateHome,
            int most) {
        var delegation = new Delegation(handing, home, delegateHome);
        var merged = new ArrayList<Merged>();
        var pairs = 0;
        for (int i = 0; i < delegate.http().size(); i++) {
            var own = delegate.http().get(i);
            var more = (long) orOne(handing.match().size()) * orOne(own.match().size());
            if (pairs + more > most) {
                delegation.leftOut.add(
                        new LeftOut(
                                FieldPath.SPEC.field("http").index(i),
                                "it and what was handed over before make more than %d pairs with the matches"
                                        .formatted(MOST_PAIRS),
                                "write fewer matches, here or there"));
                return new Result(merged, delegation.leftOut, pairs, false);
            }
            pairs += (int) more;
            delegation.merge(i, own).ifPresent(merged::add);
        }
        return new Result(merged, delegation.leftOut, pairs, true);
    }

    /// Without matches a route has one that takes all.
    private static int orOne(int matches) {
        return Math.max(matches, 1);
    }

    private Optional<Merged> merge(int number, HttpRoute own) {
        var matches = new ArrayList<HttpMatchRequest>();
        var pairs = new ArrayList<Pair>();
        if (own.match().isEmpty()) {
            for (int i = 0; i < handed.size(); i++) {
                matches.add(handed.get(i));
                pairs.add(new Pair(i, NO_MATCH));
            }
        }
        for (int j = 0; j < own.match().size(); j++) {
            join(number, j, qualified(own.match().get(j), delegateHome), matches, pairs);
        }
        if (matches.isEmpty() && !(own.match().isEmpty() && handing.match().isEmpty())) {
            return Optional.empty();
        }
        var fields = new Fields(own);
        return Optional.of(new Merged(number, fields.route(matches), pairs, fields.inherited));
    }

    private void join(
            int number,
            int index,
            HttpMatchRequest own,
            List<HttpMatchRequest> matches,
            List<Pair> pairs) {
        if (handed.isEmpty()) {
            matches.add(own);
            pairs.add(new Pair(NO_MATCH, index));
            return;
        }
        String why = null;
        var found = false;
        for (int i = 0; i < handed.size(); i++) {
            var joined = new Joined(handed.get(i), own);
            var match = joined.match();
            if (joined.conflict == null) {
                matches.add(match);
                pairs.add(new Pair(i, index));
                found = true;
            } else if (why == null) {
                why = joined.conflict;
            }
        }
        if (!found && why != null) {
            leftOut.add(
                    new LeftOut(
                            FieldPath.SPEC.field("http").index(number).field("match").index(index),
                            why,
                            "narrow it, or widen the route that hands over"));
        }
    }

    /// The names of gateways mean the same in every namespace.
    private static HttpMatchRequest qualified(HttpMatchRequest match, String namespace) {
        return new HttpMatchRequest(
                match.name(),
                match.uri(),
                match.scheme(),
                match.method(),
                match.authority(),
                match.headers(),
                match.withoutHeaders(),
                match.queryParams(),
                match.ignoreUriCase(),
                match.port(),
                match.sourceLabels(),
                match.sourceNamespace(),
                match.gateways().stream()
                        .map(name -> GatewayNames.qualified(name, namespace))
                        .toList(),
                match.statPrefix());
    }

    /// `handing-own`, or the one that is there.
    private static @Nullable String named(@Nullable String handing, @Nullable String own) {
        if (own == null || own.isEmpty()) {
            return handing;
        }
        return handing == null || handing.isEmpty() ? own : handing + "-" + own;
    }

    /// Two matches as one that takes what both take. One use.
    private static final class Joined {
        private final HttpMatchRequest handing;
        private final HttpMatchRequest own;

        /// Why there is none; null while there is one.
        private @Nullable String conflict;

        Joined(HttpMatchRequest handing, HttpMatchRequest own) {
            this.handing = handing;
            this.own = own;
        }

        HttpMatchRequest match() {
            var uri = uri();
            var ofOwn = own.uri() != null;
            return new HttpMatchRequest(
                    named(handing.name(), own.name()),
                    uri,
                    narrower("scheme", handing.scheme(), own.scheme()),
                    narrower("method", handing.method(), own.method()),
                    narrower("authority", handing.authority(), own.authority()),
                    all(
                            handing.headers(),
                            own.headers(),
                            (name, pair) -> narrower("header " + name, pair.handing(), pair.own())),
                    all(
                            handing.withoutHeaders(),
                            own.withoutHeaders(),
                            (name, pair) ->
                                    wider("withoutHeaders " + name, pair.handing(), pair.own())),
                    all(
                            handing.queryParams(),
                            own.queryParams(),
                            (name, pair) ->
                                    narrower(
                                            "query parameter " + name, pair.handing(), pair.own())),
                    ofOwn ? own.ignoreUriCase() : handing.ignoreUriCase(),
                    same("port", handing.port(), own.port()),
                    all(
                            handing.sourceLabels(),
                            own.sourceLabels(),
                            (name, pair) ->
                                    same("source label " + name, pair.handing(), pair.own())),
                    same("source namespace", handing.sourceNamespace(), own.sourceNamespace()),
                    gateways(),
                    own.statPrefix() == null ? handing.statPrefix() : own.statPrefix());
        }

        private void conflict(String words) {
            if (conflict == null) {
                conflict = words;
            }
        }

        private @Nullable StringMatch uri() {
            var wide = handing.uri();
            var narrow = own.uri();
            if (wide == null || narrow == null) {
                return narrow == null ? wide : narrow;
            }
            var ignored = handing.ignoreUriCase();
            if (!ignored && own.ignoreUriCase()) {
                conflict(
                        "uri %s is in any case, and %s is not"
                                .formatted(words(narrow), words(wide)));
            } else if (!within(wide, narrow, ignored)) {
                notWithin("uri", wide, narrow);
            }
            return narrow;
        }

        /// What `own` asks for, where nothing that it takes is outside of what `handing` takes.
        private @Nullable StringMatch narrower(
                String what, @Nullable StringMatch wide, @Nullable StringMatch narrow) {
            if (wide == null || narrow == null) {
                return narrow == null ? wide : narrow;
            }
            if (narrow instanceof StringMatch.Present) {
                return wide; // any value there, and so the one that the other asks for
            }
            if (!within(wide, narrow, false)) {
                notWithin(what, wide, narrow);
            }
            return narrow;
        }

        /// What both keep out: the one that keeps out more.
        private @Nullable StringMatch wider(
                String what, @Nullable StringMatch one, @Nullable StringMatch other) {
            if (one == null || other == null) {
                return other == null ? one : other;
            }
            if (within(other, one, false)) {
                return other;
            }
            if (!within(one, other, false)) {
                notWithin(what, one, other);
            }
            return one;
        }

        private void notWithin(String what, StringMatch wide, StringMatch narrow) {
            conflict("%s %s is not within %s".formatted(what, words(narrow), words(wide)));
        }

        private <T> @Nullable T same(String what, @Nullable T one, @Nullable T other) {
            if (one != null && other != null && !one.equals(other)) {
                conflict("%s %s is not %s".formatted(what, other, one));
            }
            return other == null ? one : other;
        }

        private List<String> gateways() {
            if (handing.gateways().isEmpty() || own.gateways().isEmpty()) {
                return own.gateways().isEmpty() ? handing.gateways() : own.gateways();
            }
            var others = new HashSet<>(own.gateways());
            handing.gateways().forEach(others::remove);
            if (!others.isEmpty()) {
                conflict(
                        "gateways %s are not among %s"
                                .formatted(
                                        String.join(", ", own.gateways()),
                                        String.join(", ", handing.gateways())));
            }
            return own.gateways();
        }

        private record Both<T>(@Nullable T handing, @Nullable T own) {}

        private interface Joining<T> {
            @Nullable T of(String name, Both<T> both);
        }

        private static <T> Map<String, T> all(
                Map<String, T> handing, Map<String, T> own, Joining<T> joining) {
            var all = new TreeMap<String, T>(handing);
            own.forEach((name, value) -> {
                var joined = joining.of(name, new Both<>(handing.get(name), value));
                all.put(name, joined == null ? value : joined);
            });
            return all;
        }

        private static String words(StringMatch match) {
            return switch (match) {
                case StringMatch.Exact(var exact) -> quoted(exact);
                case StringMatch.Prefix(var prefix) -> "prefix " + quoted(prefix);
                case StringMatch.Regex(var regex) -> "regex " + quoted(regex);
                case StringMatch.Present() -> "any";
            };
        }
    }

    /// Whether `wide` takes all that `narrow` takes. Of a regular expression that is known only when both are the same.
    ///
    /// @param anyCase whether `wide` does not tell upper from lower case
    private static boolean within(StringMatch wide, StringMatch narrow, boolean anyCase) {
        if (wide.equals(narrow)) {
            return true;
        }
        BiPredicate<String, String> starts =
                (text, start) -> text.regionMatches(anyCase, 0, start, 0, start.length());
        BiPredicate<String, String> equal = anyCase ? String::equalsIgnoreCase : String::equals;
        return switch (wide) {
            case StringMatch.Present() -> true;
            case StringMatch.Regex _ -> false;
            case StringMatch.Exact(var wanted) ->
                    narrow instanceof StringMatch.Exact(var exact) && equal.test(exact, wanted);
            case StringMatch.Prefix(var start) ->
                    switch (narrow) {
                        case StringMatch.Exact(var exact) -> starts.test(exact, start);
                        case StringMatch.Prefix(var prefix) -> starts.test(prefix, start);
                        case StringMatch.Regex _, StringMatch.Present _ -> false;
                    };
        };
    }

    /// The delegate's fields, or those of the handing route where it has none. One use.
    private final class Fields {
        private final HttpRoute own;
        private final Set<String> inherited = new HashSet<>();

        Fields(HttpRoute own) {
            this.own = own;
        }

        HttpRoute route(List<HttpMatchRequest> matches) {
            return new HttpRoute(
                    named(handing.name(), own.name()),
                    matches,
                    own.route(),
                    own.redirect(),
                    own.directResponse(),
                    null,
                    or("rewrite", own.rewrite(), handing.rewrite()),
                    or("timeout", own.timeout(), handing.timeout()),
                    or("retries", own.retries(), handing.retries()),
                    or("fault", own.fault(), handing.fault()),
                    or("mirror", own.mirror(), atHome(handing.mirror())),
                    or(
                            "mirrors",
                            own.mirrors(),
                            handing.mirrors().stream()
                                    .map(it ->
                                            new HttpMirrorPolicy(
                                                    here(it.destination()), it.percentage()))
                                    .toList()),
                    or("mirrorPercent", own.mirrorPercent(), handing.mirrorPercent()),
                    or("mirrorPercentage", own.mirrorPercentage(), handing.mirrorPercentage()),
                    or("corsPolicy", own.corsPolicy(), handing.corsPolicy()),
                    or("headers", own.headers(), handing.headers()),
                    or("websocketUpgrade", own.websocketUpgrade(), handing.websocketUpgrade()),
                    or("appendHeaders", own.appendHeaders(), handing.appendHeaders()),
                    or(
                            "appendRequestHeaders",
                            own.appendRequestHeaders(),
                            handing.appendRequestHeaders()),
                    or(
                            "removeRequestHeaders",
                            own.removeRequestHeaders(),
                            handing.removeRequestHeaders()),
                    or(
                            "appendResponseHeaders",
                            own.appendResponseHeaders(),
                            handing.appendResponseHeaders()),
                    or(
                            "removeResponseHeaders",
                            own.removeResponseHeaders(),
                            handing.removeResponseHeaders()));
        }

        private <T extends @Nullable Object> T or(String field, T own, T handing) {
            if (isSet(own) || !isSet(handing)) {
                return own;
            }
            inherited.add(field);
            return handing;
        }

        private static boolean isSet(@Nullable Object value) {
            return switch (value) {
                case null -> false;
                case List<?> list -> !list.isEmpty();
                case Map<?, ?> map -> !map.isEmpty();
                default -> true;
            };
        }

        private @Nullable Destination atHome(@Nullable Destination destination) {
            return destination == null ? null : here(destination);
        }

        private Destination here(Destination destination) {
            return new Destination(
                    Hosts.resolve(destination.host(), home),
                    destination.subset(),
                    destination.port());
        }
    }
}
