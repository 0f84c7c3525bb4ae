package dev.quartet.config.analyze;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.authentication.MeshPolicy;
import dev.quartet.config.authentication.Policy;
import java.util.Set;

/// Kinds of Istio 1.4 that have successors.
final class OldPolicies implements Analyzer {
    @Override
    public Set<Reason> reasons() {
        return Set.of(Reason.DEPRECATED_POLICY, Reason.DEPRECATED_MESH_POLICY);
    }

    @Override
    public void look(Scene scene, Report problems) {
        for (var policy : scene.all(Policy.class)) {
            problems.add(
                    Reason.DEPRECATED_POLICY,
                    policy,
                    FieldPath.ROOT,
                    "Policy is an old kind",
                    "write a PeerAuthentication for mtls, and a RequestAuthentication for tokens");
        }
        for (var policy : scene.all(MeshPolicy.class)) {
            problems.add(
                    Reason.DEPRECATED_MESH_POLICY,
                    policy,
                    FieldPath.ROOT,
                    "MeshPolicy is an old kind",
                    "write a PeerAuthentication without a selector in the namespace "
                            + scene.rootNamespace());
        }
    }
}
