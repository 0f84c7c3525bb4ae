package dev.quartet.pilot.snapshot;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.security.PeerAuthentication;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What a workload's port asks of its callers, and where that is written. A PeerAuthentication comes before a Policy and the
/// MeshPolicy; of the first kind one that selects the workload before that of its namespace and that of the root namespace, among
/// equals the first by name; of the others an [AuthenticationPolicy]. After Istio's `PeerAuthentication`.
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
                .or(() -> AuthenticationPolicy.of(facts, workload, port).map(PeerDecision::of));
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

    /// Without mtls among the methods no certificate is asked for. `allowTls` is an earlier word for PERMISSIVE.
    private static PeerDecision of(AuthenticationPolicy policy) {
        for (int i = 0; i < policy.peers().size(); i++) {
            var mtls = policy.peers().get(i).mtls();
            if (mtls != null) {
                return new PeerDecision(
                        !policy.needsPeer() || mtls.isPermissive()
                                ? PeerMode.PERMISSIVE
                                : PeerMode.STRICT,
                        policy.key(),
                        PEERS.index(i).field("mtls"));
            }
        }
        return new PeerDecision(PeerMode.DISABLE, policy.key(), PEERS);
    }
}
