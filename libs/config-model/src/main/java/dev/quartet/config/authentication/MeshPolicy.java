package dev.quartet.config.authentication;

import dev.quartet.config.Spec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What callers must prove where no [Policy] says otherwise (Istio 1.4 `authentication/v1alpha1/policy.proto`). There is one, and
/// it is called `default`.
///
/// @param targets has no place here; the rules say so
/// @param peers how the calling workload proves what it is; any one is enough
/// @param origins how the end user does
/// @param peerIsOptional whether a caller without a proof passes
/// @param originIsOptional whether a request without a token passes; a bad token is refused all the same
/// @param principalBinding whose name the request carries on
public record MeshPolicy(
        List<Policy.Target> targets,
        List<PeerMethod> peers,
        boolean peerIsOptional,
        List<OriginMethod> origins,
        boolean originIsOptional,
        Policy.@Nullable PrincipalBinding principalBinding)
        implements Spec {
    public MeshPolicy {
        targets = List.copyOf(targets);
        peers = List.copyOf(peers);
        origins = List.copyOf(origins);
    }
}
