package dev.quartet.pilot.snapshot;

import dev.quartet.config.Resource;
import dev.quartet.config.security.AuthorizationPolicy;
import dev.quartet.config.security.RequestAuthentication;
import dev.quartet.policy.authorization.AccessPolicy;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/// Who may call what: the AuthorizationPolicies of a namespace, and whose tokens their rules can ask for.
final class AccessFacts {
    /// @param labels of the workloads that it selects; empty: all
    record Selecting(Map<String, String> labels, AccessPolicy policy) {
        boolean selects(Workload workload) {
            return Labels.match(labels, workload.labels());
        }
    }

    private AccessFacts() {}

    static Selecting read(Resource<AuthorizationPolicy> policy, MeshSettings mesh) {
        var selector = policy.spec().selector();
        return new Selecting(
                selector == null ? Map.of() : selector.matchLabels(),
                AccessPolicy.of(policy, trustDomains(mesh)));
    }

    private static Set<String> trustDomains(MeshSettings mesh) {
        var domains = new LinkedHashSet<String>();
        domains.add(mesh.trustDomain());
        domains.addAll(mesh.trustDomainAliases());
        return Collections.unmodifiableSet(domains);
    }

    /// Of whom a workload believes tokens.
    static SortedSet<String> issuers(Facts facts, Workload workload) {
        var issuers = new TreeSet<String>();
        Stream.of(workload.namespace(), facts.mesh().rootNamespace())
                .distinct()
                .flatMap(namespace -> facts.requestAuthentications(namespace).stream())
                .filter(it -> selects(it.spec(), workload))
                .flatMap(it -> it.spec().jwtRules().stream())
                .forEach(rule -> issuers.add(rule.issuer()));
        return issuers;
    }

    private static boolean selects(RequestAuthentication spec, Workload workload) {
        var selector = spec.selector();
        return selector == null || Labels.match(selector.matchLabels(), workload.labels());
    }
}
