package dev.quartet.pilot.translate;

import com.google.protobuf.Empty;
import dev.quartet.config.Problem;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.TokenRule;
import dev.quartet.pilot.snapshot.TokenRule.Place;
import dev.quartet.pilot.snapshot.TokenRules;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtClaimToHeader;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtHeader;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtProvider;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtRequirement;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtRequirementAndList;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtRequirementOrList;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.RequirementRule;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The `jwt_authn` filter of a port. Each [TokenRule] is a provider, and every request has to do with one requirement, by its path.
///
/// A token in a place where tokens are looked for has to be good, whoever needs it. Envoy's own `allow_missing` lets a bad token pass beside a
/// good one, and asks for issuers that other places have; so "there is no token" is said by a provider without keys that looks in the
/// same places: to it any token is bad. Per group of places ([TokenPlaces]) that, or a good token, is asked for, and where a policy
/// needs a token, of one group a good one. A token in a place where its own rule does not look, and another one does, is bad too.
///
/// Before all that the headers are taken off that providers set, so that nobody can send them along, also where a request then needs
/// nothing, as the preflights of CORS (Fetch Standard, section 3.2.2) do.
final class TokenChecks {
    /// @param clusters that the filter names
    /// @param added clusters of its own
    /// @param problems why tokens that users believe in are refused, or needed where they should not be
    record Result(
            JwtAuthentication filter,
            Set<String> clusters,
            List<XdsResource> added,
            List<Problem> problems) {}

    /// Begins the names of providers that no token satisfies.
    static final String ABSENT = "absent: ";

    /// The provider that only takes headers off.
    static final String CLEANER = "cleaner";

    /// The provider that no request satisfies.
    static final String NEVER = "never";

    /// Of no token: there are no keys either.
    private static final String NOBODY = "nobody";

    private static final JwtRequirement NOTHING = JwtRequirement.getDefaultInstance();

    private final TokenRules rules;
    private final Map<String, JwtProvider> providers = new TreeMap<>();
    private final Set<String> clusters = new TreeSet<>();
    private final Map<String, XdsResource> added = new TreeMap<>();
    private final List<Problem> problems = new ArrayList<>();

    private TokenChecks(TokenRules rules) {
        this.rules = rules;
    }

    /// @param seen what the proxy sees of the mesh
    static Result of(Facts seen, Facts all, TokenRules rules) {
        if (rules.isEmpty()) {
            return new Result(
                    JwtAuthentication.getDefaultInstance(), Set.of(), List.of(), List.of());
        }
        return new TokenChecks(rules).build(seen, all);
    }

    private Result build(Facts seen, Facts all) {
        Stream.concat(rules.presented().stream(), rules.ofPolicy().stream())
                .forEach(rule -> add(rule, IssuerKeys.of(seen, all, rule)));
        var filter = JwtAuthentication.newBuilder();
        var cleaned = cleaned();
        filter.addRules(RequirementRule.newBuilder().setMatch(preflights()).setRequires(cleaned));
        for (var one : TriggerPaths.of(rules.ofPolicy(), problems)) {
            filter.addRules(
                    RequirementRule.newBuilder()
                            .setMatch(one.match())
                            .setRequires(all(List.of(cleaned, requirement(one.triggered())))));
        }
        return new Result(
                filter.putAllProviders(providers).build(),
                Set.copyOf(clusters),
                List.copyOf(added.values()),
                List.copyOf(problems));
    }

    private void add(TokenRule rule, IssuerKeys keys) {
        var provider =
                keys.provider().toBuilder()
                        .setIssuer(rule.issuer())
                        .addAllAudiences(rule.audiences())
                        .setRequireExpiration(true)
                        .setPayloadInMetadata(rule.issuer())
                        .setForward(rule.forwards())
                        .setForwardPayloadHeader(rule.payloadHeader());
        rule.claimHeaders()
                .forEach(it -> provider.addClaimToHeaders(claimToHeader(it.header(), it.claim())));
        providers.put(name(rule), lookingAt(provider, rule.places()));
        clusters.addAll(keys.clusters());
        keys.added().ifPresent(cluster -> added.put(cluster.name(), cluster));
        keys.problem().ifPresent(problems::add);
    }

    static String name(TokenRule rule) {
        return rule.policy() + " " + rule.path().text();
    }

    private static JwtClaimToHeader claimToHeader(String header, String claim) {
        return JwtClaimToHeader.newBuilder().setHeaderName(header).setClaimName(claim).build();
    }

    private static JwtProvider lookingAt(JwtProvider.Builder provider, List<Place> places) {
        for (var place : places) {
            switch (place.kind()) {
                case HEADER ->
                        provider.addFromHeaders(
                                JwtHeader.newBuilder()
                                        .setName(place.name())
                                        .setValuePrefix(place.prefix()));
                case PARAMETER -> provider.addFromParams(place.name());
                case COOKIE -> provider.addFromCookies(place.name());
            }
        }
        return provider.build();
    }

    private static RouteMatch preflights() {
        return RouteMatch.newBuilder()
                .setPrefix("")
                .addHeaders(
                        HeaderMatcher.newBuilder()
                                .setName(":method")
                                .setStringMatch(StringMatcher.newBuilder().setExact("OPTIONS")))
                .addHeaders(HeaderMatcher.newBuilder().setName("origin").setPresentMatch(true))
                .addHeaders(
                        HeaderMatcher.newBuilder()
                                .setName("access-control-request-method")
                                .setPresentMatch(true))
                .build();
    }

    /// Satisfied by every request, which then has none of the headers that providers set.
    private JwtRequirement cleaned() {
        var headers = new TreeSet<String>();
        for (var rule : rules.presented()) {
            if (!rule.payloadHeader().isEmpty()) {
                headers.add(rule.payloadHeader());
            }
            rule.claimHeaders().forEach(it -> headers.add(it.header()));
        }
        if (headers.isEmpty()) {
            return NOTHING;
        }
        var cleaner =
                IssuerKeys.NONE.toBuilder()
                        .setIssuer(NOBODY)
                        .addFromHeaders(JwtHeader.newBuilder().setName(headers.getFirst()));
        headers.forEach(it -> cleaner.addClaimToHeaders(claimToHeader(it, NOBODY)));
        providers.put(CLEANER, cleaner.build());
        return any(
                List.of(
                        provider(CLEANER),
                        JwtRequirement.newBuilder()
                                .setAllowMissingOrFailed(Empty.getDefaultInstance())
                                .build()));
    }

    /// @param triggered the policy's rules that count on a path
    private JwtRequirement requirement(Set<TokenRule> triggered) {
        var counting =
                Stream.concat(
                                rules.presented().stream(),
                                rules.ofPolicy().stream().filter(triggered::contains))
                        .toList();
        var groups = TokenPlaces.of(counting);
        var ways = List.of(Map.<TokenPlaces, List<TokenRule>>of());
        if (rules.needsOrigin()) {
            ways = ways(ways, groups, rules.origins(), triggered);
        }
        if (rules.needsPeer()) {
            ways = ways(ways, groups, rules.peers(), triggered);
        }
        if (ways.isEmpty()) {
            providers.put(NEVER, absent(counting.getFirst().places()));
            return provider(NEVER);
        }
        return any(
                ways.stream()
                        .map(way ->
                                all(
                                        groups.stream()
                                                .map(group ->
                                                        way.containsKey(group)
                                                                ? any(good(group, way.get(group)))
                                                                : goodOrAbsent(group))
                                                .toList()))
                        .toList());
    }

    /// The ways of those before, each with every group that can have a token that is needed too.
    private static List<Map<TokenPlaces, List<TokenRule>>> ways(
            List<Map<TokenPlaces, List<TokenRule>>> before,
            List<TokenPlaces> groups,
            List<TokenRule> wanted,
            Set<TokenRule> triggered) {
        var needed = wanted.stream().filter(triggered::contains).toList();
        if (needed.isEmpty()) {
            return before;
        }
        var ways = new ArrayList<Map<TokenPlaces, List<TokenRule>>>();
        for (var way : before) {
            for (var group : groups) {
                var here = needed.stream().filter(group.rules()::contains).toList();
                if (!here.isEmpty() && !way.containsKey(group)) {
                    var more = new LinkedHashMap<>(way);
                    more.put(group, here);
                    ways.add(more);
                }
            }
        }
        return ways;
    }

    private JwtRequirement goodOrAbsent(TokenPlaces group) {
        var choices = new ArrayList<JwtRequirement>();
        choices.add(noTokenAt(group.places()));
        choices.addAll(good(group, group.rules()));
        return any(choices);
    }

    private List<JwtRequirement> good(TokenPlaces group, List<TokenRule> allowed) {
        return allowed.stream()
                .map(rule -> {
                    var besides = group.besides(rule);
                    return besides.isEmpty()
                            ? provider(name(rule))
                            : all(List.of(noTokenAt(besides), provider(name(rule))));
                })
                .toList();
    }

    private JwtRequirement noTokenAt(List<Place> places) {
        var name =
                ABSENT
                        + places.stream()
                                .map(place ->
                                        place.kind().name().toLowerCase(java.util.Locale.ROOT)
                                                + " "
                                                + place.name())
                                .distinct()
                                .collect(Collectors.joining(", "));
        providers.put(name, absent(places));
        return any(
                List.of(
                        provider(name),
                        JwtRequirement.newBuilder()
                                .setAllowMissing(Empty.getDefaultInstance())
                                .build()));
    }

    private static JwtProvider absent(List<Place> places) {
        return lookingAt(IssuerKeys.NONE.toBuilder().setIssuer(NOBODY), places);
    }

    private static JwtRequirement provider(String name) {
        return JwtRequirement.newBuilder().setProviderName(name).build();
    }

    private static JwtRequirement any(List<JwtRequirement> choices) {
        var different = new LinkedHashSet<>(choices);
        return different.size() == 1
                ? different.getFirst()
                : JwtRequirement.newBuilder()
                        .setRequiresAny(
                                JwtRequirementOrList.newBuilder().addAllRequirements(different))
                        .build();
    }

    /// Without those that ask for nothing.
    private static JwtRequirement all(List<JwtRequirement> parts) {
        var asked = parts.stream().filter(part -> !part.equals(NOTHING)).toList();
        return switch (asked.size()) {
            case 0 -> NOTHING;
            case 1 -> asked.getFirst();
            default ->
                    JwtRequirement.newBuilder()
                            .setRequiresAll(
                                    JwtRequirementAndList.newBuilder().addAllRequirements(asked))
                            .build();
        };
    }
}
