package dev.quartet.config.security;

import dev.quartet.config.FieldPath;
import dev.quartet.config.authentication.JwtRules;
import dev.quartet.config.check.Problems;
import dev.quartet.config.check.Values;

/// When a RequestAuthentication is right by itself. After Istio's `validation.go` `ValidateRequestAuthentication`.
public final class RequestAuthenticationRules {
    private RequestAuthenticationRules() {}

    public static void check(RequestAuthentication spec, Problems problems) {
        var root = FieldPath.SPEC;
        Values.selector(problems, root.field("selector"), spec.selector());
        for (int i = 0; i < spec.jwtRules().size(); i++) {
            rule(spec.jwtRules().get(i), root.field("jwtRules").index(i), problems);
        }
    }

    private static void rule(
            RequestAuthentication.JwtRule rule, FieldPath path, Problems problems) {
        JwtRules.audiences(rule.audiences(), path.field("audiences"), problems);
        JwtRules.issuer(rule.issuer(), path.field("issuer"), problems);
        JwtRules.keys(rule.jwksUri(), rule.jwks(), path, problems);
        for (int i = 0; i < rule.fromHeaders().size(); i++) {
            Values.headerName(
                    problems,
                    path.field("fromHeaders").index(i).field("name"),
                    rule.fromHeaders().get(i).name());
        }
        JwtRules.places(rule.fromParams(), path.field("fromParams"), problems);
        JwtRules.places(rule.fromCookies(), path.field("fromCookies"), problems);
        if (rule.outputPayloadToHeader() != null) {
            Values.headerName(
                    problems, path.field("outputPayloadToHeader"), rule.outputPayloadToHeader());
        }
        for (int i = 0; i < rule.outputClaimToHeaders().size(); i++) {
            var output = rule.outputClaimToHeaders().get(i);
            var inner = path.field("outputClaimToHeaders").index(i);
            Values.headerName(problems, inner.field("header"), output.header());
            if (output.claim().isEmpty()) {
                problems.invalid(inner.field("claim"), "the claim has no name", "write it");
            }
        }
        Values.duration(problems, path.field("timeout"), rule.timeout());
    }
}
