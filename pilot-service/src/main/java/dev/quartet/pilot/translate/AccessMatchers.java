package dev.quartet.pilot.translate;

import dev.quartet.policy.authorization.AccessRule;
import dev.quartet.policy.authorization.AddressBlock;
import dev.quartet.policy.authorization.Attribute;
import dev.quartet.policy.authorization.Reading;
import dev.quartet.policy.authorization.RequestPath;
import dev.quartet.policy.authorization.Requirement;
import dev.quartet.policy.authorization.TextPattern;
import io.envoyproxy.envoy.config.core.v3.CidrRange;
import io.envoyproxy.envoy.config.rbac.v3.Permission;
import io.envoyproxy.envoy.config.rbac.v3.Policy;
import io.envoyproxy.envoy.config.rbac.v3.Principal;
import io.envoyproxy.envoy.config.rbac.v3.SourcedMetadata;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.type.matcher.v3.PathMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;

/// A rule of an AuthorizationPolicy as Envoy's RBAC has it: what is asked of the caller as principals, the rest as permissions
/// (`config/rbac/v3/rbac.proto`). Must say the same as [dev.quartet.policy.authorization.AccessDecisions].
///
/// @param issuers whose tokens are verified before
/// @param ofGateway whether what stands in front is trusted to say the client's address; a sidecar trusts only peers with a certificate of the mesh
record AccessMatchers(Collection<String> issuers, boolean ofGateway) {
    private static final String SPIFFE = "spiffe://";
    private static final Principal ANYONE = Principal.newBuilder().setAny(true).build();
    private static final Permission ANYTHING = Permission.newBuilder().setAny(true).build();

    Policy policy(AccessRule rule) {
        return Policy.newBuilder()
                .addPrincipals(
                        allOf(
                                Stream.concat(
                                                Stream.of(
                                                        oneOf(
                                                                rule.from().stream()
                                                                        .map(this::caller)
                                                                        .toList())),
                                                rule.when().stream()
                                                        .filter(it -> isOfCaller(it.attribute()))
                                                        .map(this::principal))
                                        .toList()))
                .addPermissions(
                        all(
                                Stream.concat(
                                                Stream.of(
                                                        one(
                                                                rule.to().stream()
                                                                        .map(this::call)
                                                                        .toList())),
                                                rule.when().stream()
                                                        .filter(it -> !isOfCaller(it.attribute()))
                                                        .map(this::permission))
                                        .toList()))
                .build();
    }

    private static boolean isOfCaller(Attribute attribute) {
        return switch (attribute) {
            case Attribute.Plain plain ->
                    switch (plain) {
                        case PRINCIPAL,
                                NAMESPACE,
                                PEER_ADDRESS,
                                REMOTE_ADDRESS,
                                REQUEST_PRINCIPAL,
                                AUDIENCES,
                                PRESENTER ->
                                true;
                        case HOST, PORT, METHOD, PATH, DESTINATION_ADDRESS, SNI -> false;
                    };
            case Attribute.Claim _ -> true;
            case Attribute.Header _, Attribute.Metadata _ -> false;
        };
    }

    private Principal caller(List<Requirement> requirements) {
        return allOf(requirements.stream().map(this::principal).toList());
    }

    private Permission call(List<Requirement> requirements) {
        return all(requirements.stream().map(this::permission).toList());
    }

    private static Principal allOf(List<Principal> every) {
        var rest = every.stream().filter(it -> !it.equals(ANYONE)).toList();
        return switch (rest.size()) {
            case 0 -> ANYONE;
            case 1 -> rest.getFirst();
            default ->
                    Principal.newBuilder()
                            .setAndIds(Principal.Set.newBuilder().addAllIds(rest))
                            .build();
        };
    }

    /// Of none, anyone: a rule without sources takes all.
    private static Principal oneOf(List<Principal> any) {
        return switch (any.size()) {
            case 0 -> ANYONE;
            case 1 -> any.getFirst();
            default ->
                    Principal.newBuilder()
                            .setOrIds(Principal.Set.newBuilder().addAllIds(any))
                            .build();
        };
    }

    private static Permission all(List<Permission> every) {
        var rest = every.stream().filter(it -> !it.equals(ANYTHING)).toList();
        return switch (rest.size()) {
            case 0 -> ANYTHING;
            case 1 -> rest.getFirst();
            default ->
                    Permission.newBuilder()
                            .setAndRules(Permission.Set.newBuilder().addAllRules(rest))
                            .build();
        };
    }

    private static Permission one(List<Permission> any) {
        return switch (any.size()) {
            case 0 -> ANYTHING;
            case 1 -> any.getFirst();
            default ->
                    Permission.newBuilder()
                            .setOrRules(Permission.Set.newBuilder().addAllRules(any))
                            .build();
        };
    }

    private Principal principal(Requirement wanted) {
        var found =
                switch (wanted.attribute()) {
                    case Attribute.Plain plain -> principal(plain, wanted);
                    case Attribute.Claim(var path) -> claim(wanted, path);
                    case Attribute.Header _, Attribute.Metadata _ -> throw misplaced(wanted);
                };
        return wanted.negated() ? Principal.newBuilder().setNotId(found).build() : found;
    }

    private static IllegalStateException misplaced(Requirement wanted) {
        return new IllegalStateException("asked on the wrong side: " + wanted);
    }

    private Principal principal(Attribute.Plain attribute, Requirement wanted) {
        return switch (attribute) {
            case PRINCIPAL, NAMESPACE ->
                    oneOfAtLeast(names(wanted).stream().map(AccessMatchers::named));
            case PEER_ADDRESS -> eachCaller(wanted, AccessMatchers::peer);
            case REMOTE_ADDRESS -> eachCaller(wanted, this::remote);
            case REQUEST_PRINCIPAL ->
                    oneOfAtLeast(
                            wanted.values().stream()
                                    .flatMap(value ->
                                            issuers.stream()
                                                    .flatMap(issuer ->
                                                            subjects(
                                                                    TextPattern.of(value),
                                                                    issuer))));
            case AUDIENCES -> claim(wanted, List.of("aud"));
            case PRESENTER -> claim(wanted, List.of("azp"));
            case HOST, PORT, METHOD, PATH, DESTINATION_ADDRESS, SNI -> throw misplaced(wanted);
        };
    }

    private static Principal eachCaller(Requirement wanted, Function<String, Principal> make) {
        return oneOfAtLeast(wanted.values().stream().map(make));
    }

    /// Of none, nobody.
    private static Principal oneOfAtLeast(Stream<Principal> any) {
        var all = any.toList();
        return all.isEmpty() ? Principal.newBuilder().setNotId(ANYONE).build() : oneOf(all);
    }

    /// The names in certificates that a principal or a namespace is asked for by.
    static List<StringMatcher> names(Requirement wanted) {
        return wanted.values().stream()
                .map(TextPattern::of)
                .map(pattern ->
                        wanted.attribute() == Attribute.Plain.NAMESPACE
                                ? namespace(pattern)
                                : identity(pattern))
                .toList();
    }

    private static StringMatcher namespace(TextPattern pattern) {
        return regex(SPIFFE + "[^/]+/ns/" + AccessPatterns.namespace(pattern) + "/sa/.+");
    }

    private static Principal named(StringMatcher name) {
        return Principal.newBuilder()
                .setAuthenticated(Principal.Authenticated.newBuilder().setPrincipalName(name))
                .build();
    }

    private static StringMatcher identity(TextPattern pattern) {
        return switch (pattern) {
            case TextPattern.Present() -> StringMatcher.newBuilder().setPrefix(SPIFFE).build();
            case TextPattern.Exact(var text) ->
                    StringMatcher.newBuilder().setExact(SPIFFE + text).build();
            case TextPattern.Prefix(var text) ->
                    StringMatcher.newBuilder().setPrefix(SPIFFE + text).build();
            case TextPattern.Suffix(var text) ->
                    regex(SPIFFE + AccessPatterns.ANYTHING + AccessPatterns.literal(text));
        };
    }

    private static Principal peer(String block) {
        return Principal.newBuilder().setDirectRemoteIp(range(block)).build();
    }

    private Principal remote(String block) {
        var told = Principal.newBuilder().setRemoteIp(range(block)).build();
        if (ofGateway) {
            return told;
        }
        var ofMesh = named(identity(new TextPattern.Present()));
        var stranger = Principal.newBuilder().setNotId(ofMesh).build();
        return oneOf(List.of(allOf(List.of(ofMesh, told)), allOf(List.of(stranger, peer(block)))));
    }

    private static CidrRange range(String text) {
        return range(
                AddressBlock.parse(text)
                        .orElseThrow(() -> new IllegalStateException(text + " is no address")));
    }

    static CidrRange range(AddressBlock block) {
        return CidrRange.newBuilder()
                .setAddressPrefix(block.address().getHostAddress())
                .setPrefixLen(Envoy.number(block.length()))
                .build();
    }

    private static Stream<Principal> subjects(TextPattern pattern, String issuer) {
        return AccessClaims.subjects(pattern, issuer).stream()
                .map(subject -> token(List.of(issuer, "sub"), AccessClaims.text(subject)));
    }

    private Principal claim(Requirement wanted, List<String> path) {
        return oneOfAtLeast(
                issuers.stream()
                        .map(issuer ->
                                token(
                                        Stream.concat(Stream.of(issuer), path.stream()).toList(),
                                        AccessClaims.value(wanted.values()))));
    }

    private static Principal token(
            List<String> path, io.envoyproxy.envoy.type.matcher.v3.ValueMatcher value) {
        return Principal.newBuilder()
                .setSourcedMetadata(
                        metadata(AccessClaims.matcher("envoy.filters.http.jwt_authn", path, value)))
                .build();
    }

    private static SourcedMetadata metadata(
            io.envoyproxy.envoy.type.matcher.v3.MetadataMatcher matcher) {
        return SourcedMetadata.newBuilder().setMetadataMatcher(matcher).build();
    }

    private Permission permission(Requirement wanted) {
        var found =
                switch (wanted.attribute()) {
                    case Attribute.Plain plain -> permission(plain, wanted);
                    case Attribute.Header(var name) ->
                            header(HeaderMatcher.newBuilder().setName(name), wanted);
                    case Attribute.Metadata(var filter, var key) ->
                            Permission.newBuilder()
                                    .setSourcedMetadata(
                                            metadata(
                                                    AccessClaims.matcher(
                                                            filter,
                                                            List.of(key),
                                                            AccessClaims.value(wanted.values()))))
                                    .build();
                    case Attribute.Claim _ -> throw misplaced(wanted);
                };
        return wanted.negated() ? Permission.newBuilder().setNotRule(found).build() : found;
    }

    private static Permission permission(Attribute.Plain attribute, Requirement wanted) {
        return switch (attribute) {
            case HOST ->
                    eachCall(
                            wanted,
                            value ->
                                    header(
                                            ":authority",
                                            regex(AccessPatterns.host(value, wanted.reading()))));
            case METHOD -> eachCall(wanted, value -> method(value, wanted.reading()));
            case PATH -> eachCall(wanted, value -> path(TextPattern.of(value), wanted.reading()));
            case PORT ->
                    eachCall(
                            wanted,
                            value ->
                                    Permission.newBuilder()
                                            .setDestinationPort(Integer.parseInt(value))
                                            .build());
            case DESTINATION_ADDRESS ->
                    eachCall(
                            wanted,
                            value ->
                                    Permission.newBuilder().setDestinationIp(range(value)).build());
            case SNI ->
                    eachCall(
                            wanted,
                            value ->
                                    Permission.newBuilder()
                                            .setRequestedServerName(
                                                    text(
                                                            TextPattern.of(
                                                                    value.toLowerCase(
                                                                            Locale.ROOT))))
                                            .build());
            case PRINCIPAL,
                    NAMESPACE,
                    PEER_ADDRESS,
                    REMOTE_ADDRESS,
                    REQUEST_PRINCIPAL,
                    AUDIENCES,
                    PRESENTER ->
                    throw misplaced(wanted);
        };
    }

    private static Permission eachCall(Requirement wanted, Function<String, Permission> make) {
        return one(wanted.values().stream().map(make).toList());
    }

    private static Permission header(String name, StringMatcher value) {
        return Permission.newBuilder()
                .setHeader(HeaderMatcher.newBuilder().setName(name).setStringMatch(value))
                .build();
    }

    private static Permission header(HeaderMatcher.Builder header, Requirement wanted) {
        var patterns = wanted.values().stream().map(TextPattern::of).toList();
        var there =
                wanted.reading() == Reading.WIDE
                        && patterns.stream().anyMatch(TextPattern.Present.class::isInstance);
        return Permission.newBuilder()
                .setHeader(
                        there
                                ? header.setPresentMatch(true)
                                : header.setStringMatch(
                                        regex(AccessPatterns.header(patterns, wanted.reading()))))
                .build();
    }

    private static Permission method(String value, Reading reading) {
        var pattern = TextPattern.of(value);
        return pattern instanceof TextPattern.Present
                ? ANYTHING
                : header(
                        ":method",
                        text(pattern).toBuilder().setIgnoreCase(reading == Reading.WIDE).build());
    }

    private static Permission path(TextPattern pattern, Reading reading) {
        if (pattern instanceof TextPattern.Present) {
            return ANYTHING;
        }
        var matcher =
                switch (reading) {
                    case WIDE -> regex(RequestPath.widely(pattern));
                    case NARROW ->
                            pattern instanceof TextPattern.Suffix(var end)
                                    ? regex("[^;]*" + AccessPatterns.literal(end))
                                    : text(pattern);
                };
        return Permission.newBuilder()
                .setUrlPath(PathMatcher.newBuilder().setPath(matcher))
                .build();
    }

    static StringMatcher text(TextPattern pattern) {
        return switch (pattern) {
            case TextPattern.Present() -> regex(AccessPatterns.ANYTHING_AT_ALL);
            case TextPattern.Exact(var text) -> StringMatcher.newBuilder().setExact(text).build();
            case TextPattern.Prefix(var text) -> StringMatcher.newBuilder().setPrefix(text).build();
            case TextPattern.Suffix(var text) -> StringMatcher.newBuilder().setSuffix(text).build();
        };
    }

    private static StringMatcher regex(String regex) {
        return StringMatcher.newBuilder().setSafeRegex(Envoy.regex(regex)).build();
    }
}
