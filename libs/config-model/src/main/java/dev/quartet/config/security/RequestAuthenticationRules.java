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
        JwtRules.keys(rule.jwksUri(), path.field("jwksUri"), problems);
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
            Values.headerName(
                    problems,
                    path.field("outputClaimToHeaders").index(i).field("header"),
                    rule.outputClaimToHeaders().get(i).header());
        }
        Values.duration(problems, path.field("timeout"), rule.timeout());
    }
}
