package dev.quartet.pilot.snapshot;

import dev.quartet.config.FieldPath;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.authentication.Jwt;
import dev.quartet.config.security.RequestAuthentication;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The tokens of one issuer that a workload's port believes.
///
/// @param path of it in the policy
/// @param audiences one of which a token names; empty: any
/// @param places where a token is looked for, all of them
/// @param forwards whether the application gets the token
/// @param payloadHeader where the application finds the payload; empty: nowhere
/// @param triggers the paths that need a token, where the policy asks for one; empty: all
public record TokenRule(
        ResourceKey policy,
        FieldPath path,
        String issuer,
        List<String> audiences,
        Keys keys,
        List<Place> places,
        boolean forwards,
        String payloadHeader,
        List<RequestAuthentication.ClaimToHeader> claimHeaders,
        List<Jwt.TriggerRule> triggers) {

    /// How long the issuer's keys may take where nobody says it.
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    /// Of Istio 1.4's gateways, with a prefix of its own.
    private static final String EXCHANGED = "ingress-authorization";

    /// RFC 6750, sections 2.1 and 2.3.
    private static final List<Place> USUAL =
            List.of(
                    new Place(Place.Kind.HEADER, "authorization", "Bearer "),
                    new Place(Place.Kind.PARAMETER, "access_token", ""));

    public TokenRule {
        audiences = List.copyOf(audiences);
        places = List.copyOf(places);
        claimHeaders = List.copyOf(claimHeaders);
        triggers = List.copyOf(triggers);
    }

    /// Where the issuer's keys are.
    public sealed interface Keys {
        record Inline(String jwks) implements Keys {}

        record At(String uri, Duration timeout) implements Keys {}

        record Nowhere() implements Keys {}

        private static Keys of(@Nullable String jwks, @Nullable String uri, Duration timeout) {
            if (jwks != null && !jwks.isEmpty()) {
                return new Inline(jwks);
            }
            return uri == null || uri.isEmpty() ? new Nowhere() : new At(uri, timeout);
        }
    }

    /// Where a token stands in a request.
    ///
    /// @param name of a header in lower case
    /// @param prefix before the token, of headers alone
    public record Place(Kind kind, String name, String prefix) {
        public enum Kind {
            HEADER,
            PARAMETER,
            COOKIE
        }

        private static Place header(String name, String prefix) {
            return new Place(Kind.HEADER, name.toLowerCase(Locale.ROOT), prefix);
        }

        /// Whether one could be found where the other is.
        public boolean meets(Place other) {
            return kind == other.kind && name.equals(other.name);
        }
    }

    static TokenRule of(ResourceKey policy, FieldPath path, RequestAuthentication.JwtRule rule) {
        var places = new ArrayList<Place>();
        for (var header : rule.fromHeaders()) {
            places.add(
                    Place.header(header.name(), Objects.requireNonNullElse(header.prefix(), "")));
        }
        rule.fromParams().forEach(it -> places.add(new Place(Place.Kind.PARAMETER, it, "")));
        rule.fromCookies().forEach(it -> places.add(new Place(Place.Kind.COOKIE, it, "")));
        return new TokenRule(
                policy,
                path,
                rule.issuer(),
                rule.audiences(),
                Keys.of(
                        rule.jwks(),
                        rule.jwksUri(),
                        Objects.requireNonNullElse(rule.timeout(), TIMEOUT)),
                places.isEmpty() ? USUAL : places,
                rule.forwardOriginalToken(),
                Objects.requireNonNullElse(rule.outputPayloadToHeader(), ""),
                rule.outputClaimToHeaders(),
                List.of());
    }

    /// The application always gets the token, as in Istio 1.4.
    static TokenRule of(ResourceKey policy, FieldPath path, Jwt jwt) {
        var places =
                Stream.concat(
                                jwt.jwtHeaders().stream()
                                        .map(it ->
                                                Place.header(
                                                        it,
                                                        it.equalsIgnoreCase(EXCHANGED)
                                                                ? "istio "
                                                                : "")),
                                jwt.jwtParams().stream()
                                        .map(it -> new Place(Place.Kind.PARAMETER, it, "")))
                        .toList();
        return new TokenRule(
                policy,
                path,
                jwt.issuer(),
                jwt.audiences(),
                Keys.of(jwt.jwks(), jwt.jwksUri(), TIMEOUT),
                places.isEmpty() ? USUAL : places,
                true,
                "",
                List.of(),
                jwt.triggerRules());
    }
}
