package dev.quartet.pilot.snapshot;

import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.authentication.MeshPolicy;
import dev.quartet.config.authentication.OriginMethod;
import dev.quartet.config.authentication.PeerMethod;
import dev.quartet.config.authentication.Policy;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// What a Policy or the MeshPolicy of Istio 1.4 asks of the callers of a workload's port. One for the port of a service counts before one
/// for the service, that of the namespace and that of the mesh; among equals the first by name, and always as a whole. After Istio 1.4,
/// `model/push_context.go`.
///
/// @param needsPeer whether a caller without a proof is refused
/// @param needsOrigin whether a request without a token is refused
/// @param bindsOrigin whether the request carries on the name in the token, and not that of the calling workload
record AuthenticationPolicy(
        ResourceKey key,
        List<PeerMethod> peers,
        boolean needsPeer,
        List<OriginMethod> origins,
        boolean needsOrigin,
        boolean bindsOrigin) {

    /// @param port of the workload
    static Optional<AuthenticationPolicy> of(Facts facts, Workload workload, int port) {
        return ofService(facts, workload, port)
                .or(() -> ofNamespace(facts, workload.namespace()))
                .or(() -> facts.meshPolicy().map(AuthenticationPolicy::ofMesh));
    }

    private static Optional<AuthenticationPolicy> ofService(
            Facts facts, Workload workload, int port) {
        for (var service : facts.servicesOf(workload.instance())) {
            for (var servicePort : service.ports()) {
                if (workload.portFor(service, servicePort) == port) {
                    var policies = facts.authenticationPolicies(service.namespace());
                    var found =
                            targeting(policies, service, workload, it -> names(it, servicePort))
                                    .or(() ->
                                            targeting(
                                                    policies,
                                                    service,
                                                    workload,
                                                    it -> it.ports().isEmpty()));
                    if (found.isPresent()) {
                        return found;
                    }
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<AuthenticationPolicy> targeting(
            List<Resource<Policy>> policies,
            Service service,
            Workload workload,
            Predicate<Policy.Target> onPort) {
        return policies.stream()
                .filter(policy ->
                        policy.spec().targets().stream()
                                .anyMatch(target ->
                                        target.name().equals(service.name())
                                                && Labels.match(target.labels(), workload.labels())
                                                && onPort.test(target)))
                .findFirst()
                .map(AuthenticationPolicy::of);
    }

    private static boolean names(Policy.Target target, Service.Port port) {
        return target.ports().stream().anyMatch(it -> it.means(port.number(), port.name()));
    }

    private static Optional<AuthenticationPolicy> ofNamespace(Facts facts, String namespace) {
        return facts.authenticationPolicies(namespace).stream()
                .filter(policy -> policy.spec().targets().isEmpty())
                .findFirst()
                .map(AuthenticationPolicy::of);
    }

    private static AuthenticationPolicy of(Resource<Policy> policy) {
        var spec = policy.spec();
        return new AuthenticationPolicy(
                policy.key(),
                spec.peers(),
                !spec.peerIsOptional(),
                spec.origins(),
                !spec.originIsOptional(),
                spec.principalBinding() == Policy.PrincipalBinding.USE_ORIGIN);
    }

    private static AuthenticationPolicy ofMesh(Resource<MeshPolicy> policy) {
        var spec = policy.spec();
        return new AuthenticationPolicy(
                policy.key(),
                spec.peers(),
                !spec.peerIsOptional(),
                spec.origins(),
                !spec.originIsOptional(),
                spec.principalBinding() == Policy.PrincipalBinding.USE_ORIGIN);
    }
}
