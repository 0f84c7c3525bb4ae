package dev.quartet.config.authentication;

import dev.quartet.config.schema.OneOf;
import dev.quartet.config.schema.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A token that one issuer signs.
///
/// @param audiences one of which the token must name; any when left out
/// @param jwksUri where the issuer's keys are, when `jwks` is not given
/// @param jwks the keys themselves (RFC 7517), public ones
/// @param jwtHeaders where the token is looked for; in `Authorization: Bearer` and the parameter `access_token` when no place is given
/// @param jwtParams query parameters where it is looked for
/// @param triggerRules the paths that need a token; all when left out
public record Jwt(
        @Required String issuer,
        List<String> audiences,
        @Nullable String jwksUri,
        @Nullable String jwks,
        List<String> jwtHeaders,
        List<String> jwtParams,
        List<TriggerRule> triggerRules) {
    public Jwt {
        audiences = List.copyOf(audiences);
        jwtHeaders = List.copyOf(jwtHeaders);
        jwtParams = List.copyOf(jwtParams);
        triggerRules = List.copyOf(triggerRules);
    }

    /// Paths are compared without query and fragment.
    ///
    /// @param excludedPaths on which no token is needed
    /// @param includedPaths on which one is; all others when left out
    public record TriggerRule(List<PathMatch> excludedPaths, List<PathMatch> includedPaths) {
        public TriggerRule {
            excludedPaths = List.copyOf(excludedPaths);
            includedPaths = List.copyOf(includedPaths);
        }
    }

    /// @param regex RE2 syntax; the whole path must match
    public record PathMatch(
            @OneOf("match") @Nullable String exact,
            @OneOf("match") @Nullable String prefix,
            @OneOf("match") @Nullable String suffix,
            @OneOf("match") @Nullable String regex) {}
}
