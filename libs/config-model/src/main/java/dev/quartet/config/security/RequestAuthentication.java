package dev.quartet.config.security;

import dev.quartet.config.Spec;
import dev.quartet.config.networking.LabelSelector;
import dev.quartet.config.schema.NotTranslated;
import dev.quartet.config.schema.Required;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which tokens are believed (`security/v1beta1/request_authentication.proto`). A request without a token passes; one with a
/// token that is not good is refused. Without a selector it holds for its namespace, in the root namespace for the mesh.
@NotTranslated(value = "keep tokens out of the mesh until a later version", protects = true)
public record RequestAuthentication(@Nullable LabelSelector selector, List<JwtRule> jwtRules)
        implements Spec {
    public RequestAuthentication {
        jwtRules = List.copyOf(jwtRules);
    }

    /// A token that one issuer signs.
    ///
    /// @param audiences one of which the token must name; any when left out
    /// @param jwksUri where the issuer's keys are; found by OpenID discovery when neither it nor `jwks` is given
    /// @param jwks the keys themselves
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
