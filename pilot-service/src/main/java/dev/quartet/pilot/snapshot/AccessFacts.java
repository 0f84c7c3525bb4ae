package dev.quartet.pilot.snapshot;

import dev.quartet.config.Resource;
import dev.quartet.config.security.AuthorizationPolicy;
import dev.quartet.policy.authorization.AccessPolicy;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

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
}
