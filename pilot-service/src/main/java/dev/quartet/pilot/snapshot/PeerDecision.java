package dev.quartet.pilot.snapshot;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.authentication.PeerMethod;
import dev.quartet.config.authentication.Policy;
import dev.quartet.config.security.PeerAuthentication;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What a workload's port asks of its callers, and where that is written. A PeerAuthentication comes before a Policy and the
/// MeshPolicy; of the first kind one that selects the workload before that of its namespace and that of the root namespace; of
/// the others one for the port of a service before one for the service, that of the namespace and that of the mesh. Among equals the
/// first by name. After Istio's `PeerAuthentication` and, for the others, Istio 1.4's `model/push_context.go`.
///
/// @param field the path of the mode
public record PeerDecision(PeerMode mode, ResourceKey policy, FieldPath field) {
    /// Stands for ports that no policy names.
    static final int NO_PORT = 0;

    private static final FieldPath MODE = FieldPath.SPEC.field("mtls").field("mode");
    private static final FieldPath PEERS = FieldPath.SPEC.field("peers");

    static Optional<PeerDecision> of(Facts facts, Workload workload, int port) {
        var own = facts.peerAuthentications(workload.namespace());
        return own.stream()
                .filter(policy -> selects(policy, workload))
                .flatMap(policy -> decision(policy, port).stream())
                .findFirst()
                .or(() -> forAll(own))
                .or(() -> forAll(facts.peerAuthentications(facts.mesh().rootNamespace())))
                .or(() -> ofService(facts, workload, port))
                .or(() -> ofNamespace(facts, workload.namespace()))
                .or(() ->
                        facts.meshPolicy()
                                .map(policy ->
                                        old(
                                                policy.key(),
                                                policy.spec().peers(),
                                                policy.spec().peerIsOptional())));
    }

    /// The workload's ports that may have a mode of their own.
    static SortedSet<Integer> ports(Facts facts, Workload workload) {
        var ports = new TreeSet<Integer>();
        facts.peerAuthentications(workload.namespace()).stream()
                .filter(policy -> selects(policy, workload))
                .forEach(policy -> ports.addAll(policy.spec().portLevelMtls().keySet()));
        for (var service : facts.servicesOf(workload.instance())) {
            service.ports().forEach(port -> ports.add(workload.portFor(service, port)));
        }
        return ports;
    }

    private static boolean selects(Resource<PeerAuthentication> policy, Workload workload) {
        var labels = matchLabels(policy.spec());
        return !labels.isEmpty() && Labels.match(labels, workload.labels());
    }

    private static Map<String, String> matchLabels(PeerAuthentication policy) {
        var selector = policy.selector();
        return selector == null ? Map.of() : selector.matchLabels();
    }

    private static Optional<PeerDecision> decision(Resource<PeerAuthentication> policy, int port) {
        return mode(policy.spec().portLevelMtls().get(port))
                .map(mode ->
                        new PeerDecision(
                                mode,
                                policy.key(),
                                FieldPath.SPEC
                                        .field("portLevelMtls")
                                        .key(Integer.toString(port))
                                        .field("mode")))
                .or(() -> decision(policy));
    }

    private static Optional<PeerDecision> decision(Resource<PeerAuthentication> policy) {
        return mode(policy.spec().mtls()).map(mode -> new PeerDecision(mode, policy.key(), MODE));
    }

    private static Optional<PeerDecision> forAll(List<Resource<PeerAuthentication>> policies) {
        return policies.stream()
                .filter(policy -> matchLabels(policy.spec()).isEmpty())
                .flatMap(policy -> decision(policy).stream())
                .findFirst();
    }

    private static Optional<PeerMode> mode(PeerAuthentication.@Nullable MutualTls mtls) {
        if (mtls == null || mtls.mode() == null) {
            return Optional.empty();
        }
        return switch (mtls.mode()) {
            case UNSET -> Optional.empty();
            case DISABLE -> Optional.of(PeerMode.DISABLE);
            case PERMISSIVE -> Optional.of(PeerMode.PERMISSIVE);
            case STRICT -> Optional.of(PeerMode.STRICT);
        };
    }

    private static Optional<PeerDecision> ofService(Facts facts, Workload workload, int port) {
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

    private static Optional<PeerDecision> targeting(
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
                .map(PeerDecision::old);
    }

    private static boolean names(Policy.Target target, Service.Port port) {
        return target.ports().stream().anyMatch(it -> it.means(port.number(), port.name()));
    }

    private static Optional<PeerDecision> ofNamespace(Facts facts, String namespace) {
        return facts.authenticationPolicies(namespace).stream()
                .filter(policy -> policy.spec().targets().isEmpty())
                .findFirst()
                .map(PeerDecision::old);
    }

    private static PeerDecision old(Resource<Policy> policy) {
        return old(policy.key(), policy.spec().peers(), policy.spec().peerIsOptional());
    }

    /// Without mtls among the methods no certificate is asked for. `allowTls` is an earlier word for PERMISSIVE.
    private static PeerDecision old(ResourceKey policy, List<PeerMethod> peers, boolean optional) {
        for (int i = 0; i < peers.size(); i++) {
            var mtls = peers.get(i).mtls();
            if (mtls != null) {
                return new PeerDecision(
                        optional || mtls.isPermissive() ? PeerMode.PERMISSIVE : PeerMode.STRICT,
                        policy,
                        PEERS.index(i).field("mtls"));
            }
        }
        return new PeerDecision(PeerMode.DISABLE, policy, PEERS);
    }
}
