package dev.quartet.config.security;

import dev.quartet.config.Spec;
import dev.quartet.config.networking.LabelSelector;
import dev.quartet.config.schema.Required;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which tokens are believed (`security/v1beta1/request_authentication.proto`). A request without a token passes; one with a
/// token that is not good is refused, as is one of an issuer that nobody names. Without a selector it holds for its namespace, in the
/// root namespace for the mesh. All that hold for a workload do so together.
public record RequestAuthentication(@Nullable LabelSelector selector, List<JwtRule> jwtRules)
        implements Spec {
    public RequestAuthentication {
        jwtRules = List.copyOf(jwtRules);
    }

    /// A token that one issuer signs.
    ///
    /// @param audiences one of which the token must name; any when left out
    /// @param jwksUri where the issuer's keys are, when `jwks` is not given
    /// @param jwks the keys themselves (RFC 7517), public ones
    /// @param fromHeaders where the token is looked for; in `Authorization: Bearer` and the parameter `access_token` when no place is
    ///     given
    /// @param fromParams query parameters where it is looked for
    /// @param fromCookies cookies where it is looked for
    /// @param outputPayloadToHeader where the application finds the token's payload, in base64url
    /// @param forwardOriginalToken whether the application gets the token itself
    /// @param timeout of fetching the keys; 5 s when left out
    public record JwtRule(
            @Required String issuer,
            List<String> audiences,
            @Nullable String jwksUri,
            @Nullable String jwks,
            List<JwtHeader> fromHeaders,
            List<String> fromParams,
            List<String> fromCookies,
            @Nullable String outputPayloadToHeader,
            boolean forwardOriginalToken,
            List<ClaimToHeader> outputClaimToHeaders,
            @Nullable Duration timeout) {
        public JwtRule {
            audiences = List.copyOf(audiences);
            fromHeaders = List.copyOf(fromHeaders);
            fromParams = List.copyOf(fromParams);
            fromCookies = List.copyOf(fromCookies);
            outputClaimToHeaders = List.copyOf(outputClaimToHeaders);
        }
    }

    /// @param prefix what stands before the token, for example `Bearer `
    public record JwtHeader(@Required String name, @Nullable String prefix) {}

    /// @param claim with dots between the names of nested ones
    public record ClaimToHeader(@Required String header, @Required String claim) {}
}
