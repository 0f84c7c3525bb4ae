package dev.quartet.imports.rbac;

import dev.quartet.config.Resource;
import dev.quartet.config.networking.LabelSelector;
import dev.quartet.config.security.AuthorizationPolicy;
import dev.quartet.config.security.AuthorizationPolicy.Condition;
import dev.quartet.config.security.AuthorizationPolicy.Operation;
import dev.quartet.config.security.AuthorizationPolicy.Rule;
import dev.quartet.config.security.AuthorizationPolicy.Source;
import dev.quartet.imports.rbac.RbacDecisionsTest.Request;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What AuthorizationPolicies that allow decide (Istio, `security/v1beta1/authorization_policy.proto`): where one is for a workload,
/// one of its rules must match.
final class Decisions {
    private Decisions() {}

    static boolean allows(
            List<Resource<AuthorizationPolicy>> policies, Request request, String root) {
        var forIt =
                policies.stream()
                        .filter(it ->
                                (it.namespace().equals(root)
                                                || it.namespace().equals(request.to().namespace()))
                                        && selects(it.spec().selector(), request.to().labels()))
                        .toList();
        return forIt.isEmpty()
                || forIt.stream()
                        .flatMap(it -> it.spec().rules().stream())
                        .anyMatch(rule -> matches(rule, request));
    }

    private static boolean selects(@Nullable LabelSelector selector, Map<String, String> labels) {
        return selector == null || labels.entrySet().containsAll(selector.matchLabels().entrySet());
    }

    private static boolean matches(Rule rule, Request request) {
        return (rule.from().isEmpty()
                        || rule.from().stream().anyMatch(it -> is(it.source(), request)))
                && (rule.to().isEmpty()
                        || rule.to().stream().anyMatch(it -> is(it.operation(), request)))
                && rule.when().stream().allMatch(it -> holds(it, request));
    }

    private static boolean is(Source source, Request request) {
        return in(source.principals(), request.from().principal())
                && out(source.notPrincipals(), request.from().principal())
                && in(source.namespaces(), namespace(request))
                && out(source.notNamespaces(), namespace(request));
    }

    private static boolean is(Operation operation, Request request) {
        return in(operation.methods(), request.method())
                && in(operation.paths(), request.path())
                && out(operation.notPaths(), request.path())
                && in(operation.ports(), String.valueOf(request.to().port()));
    }

    private static boolean holds(Condition condition, Request request) {
        var value =
                switch (condition.key()) {
                    case "request.headers[h]" -> request.header();
                    case "request.auth.claims[groups]" -> request.group();
                    case "source.principal" -> request.from().principal();
                    default -> throw new IllegalArgumentException(condition.key());
                };
        return in(condition.values(), value) && out(condition.notValues(), value);
    }

    private static String namespace(Request request) {
        return request.from().proven() ? request.from().namespace() : "";
    }

    private static boolean in(List<String> values, String value) {
        return values.isEmpty() || values.stream().anyMatch(it -> OldMesh.like(it, value));
    }

    private static boolean out(List<String> values, String value) {
        return values.stream().noneMatch(it -> OldMesh.like(it, value));
    }
}
