package dev.quartet.config.analyze;

import dev.quartet.config.authentication.MeshPolicy;
import dev.quartet.config.authentication.PeerMethod;
import dev.quartet.config.authentication.Policy;
import dev.quartet.config.security.PeerAuthentication;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What services ask of their callers: mTLS, plaintext or either. PeerAuthentication comes before Policy and MeshPolicy, and of
/// each the one for the service's workloads before that of its namespace and that of the mesh.
final class PeerPolicies {
    enum Mode {
        PLAINTEXT,
        EITHER,
        MTLS
    }

    /// @param policy that says so
    record Demand(Mode mode, Of<?> policy) {}

    private final Map<String, SubsetIndex<Map.Entry<String, String>, Of<PeerAuthentication>>>
            selecting = new HashMap<>();
    private final Map<String, Of<PeerAuthentication>> ofNamespace = new HashMap<>();
    private final Map<String, List<Of<Policy>>> targeting = new HashMap<>();
    private final Map<String, Of<Policy>> oldOfNamespace = new HashMap<>();
    private final @Nullable Of<MeshPolicy> oldOfMesh;
    private final String root;

    PeerPolicies(Scene scene) {
        root = scene.rootNamespace();
        var byNamespace = new HashMap<String, List<Of<PeerAuthentication>>>();
        for (var policy : scene.all(PeerAuthentication.class)) {
            if (matchLabels(policy.spec()).isEmpty()) {
                ofNamespace.putIfAbsent(policy.namespace(), policy);
            } else {
                byNamespace.computeIfAbsent(policy.namespace(), n -> new ArrayList<>()).add(policy);
            }
        }
        byNamespace.forEach((namespace, policies) ->
                selecting.put(
                        namespace,
                        new SubsetIndex<>(
                                policies, policy -> matchLabels(policy.spec()).entrySet())));
        for (var policy : scene.all(Policy.class)) {
            if (policy.spec().targets().isEmpty()) {
                oldOfNamespace.putIfAbsent(policy.namespace(), policy);
            }
            for (var target : policy.spec().targets()) {
                targeting
                        .computeIfAbsent(
                                policy.namespace() + "/" + target.name(), n -> new ArrayList<>())
                        .add(policy);
            }
        }
        oldOfMesh = scene.all(MeshPolicy.class).stream().findFirst().orElse(null);
    }

    private static Map<String, String> matchLabels(PeerAuthentication policy) {
        return policy.selector() == null ? Map.of() : policy.selector().matchLabels();
    }

    /// Empty when nobody says anything: then both are taken.
    ///
    /// @param port of the service
    Optional<Demand> of(MeshService service, MeshService.Port port) {
        return demand(ownOf(service), port)
                .or(() -> demand(one(ofNamespace.get(service.namespace())), port))
                .or(() -> demand(one(ofNamespace.get(root)), port))
                .or(() -> oldDemand(service, port));
    }

    /// Those that select all of the service's workloads, in the order of their names.
    private List<Of<PeerAuthentication>> ownOf(MeshService service) {
        var ofNamespace = selecting.get(service.namespace());
        return ofNamespace == null
                ? List.of()
                : ofNamespace
                        .within(service.commonLabels())
                        .sorted(Comparator.comparing(Of::key))
                        .toList();
    }

    private static <T> List<T> one(@Nullable T policy) {
        return policy == null ? List.of() : List.of(policy);
    }

    private static Optional<Demand> demand(
            Collection<Of<PeerAuthentication>> policies, MeshService.Port port) {
        return policies.stream()
                .map(policy -> demand(policy, port))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static Optional<Demand> demand(Of<PeerAuthentication> policy, MeshService.Port port) {
        var ofPort =
                policy.spec().portLevelMtls().entrySet().stream()
                        .filter(it -> it.getKey().toString().equals(port.target()))
                        .map(Map.Entry::getValue)
                        .findFirst();
        return mode(ofPort.orElse(null))
                .or(() -> mode(policy.spec().mtls()))
                .map(mode -> new Demand(mode, policy));
    }

    private static Optional<Mode> mode(PeerAuthentication.@Nullable MutualTls mtls) {
        if (mtls == null || mtls.mode() == null) {
            return Optional.empty();
        }
        return switch (mtls.mode()) {
            case UNSET -> Optional.empty();
            case DISABLE -> Optional.of(Mode.PLAINTEXT);
            case PERMISSIVE -> Optional.of(Mode.EITHER);
            case STRICT -> Optional.of(Mode.MTLS);
        };
    }

    private Optional<Demand> oldDemand(MeshService service, MeshService.Port port) {
        int dot = service.host().indexOf('.');
        var name = dot < 0 ? service.host() : service.host().substring(0, dot);
        for (var policy : targeting.getOrDefault(service.namespace() + "/" + name, List.of())) {
            for (var target : policy.spec().targets()) {
                if (target.name().equals(name)
                        && (target.ports().isEmpty()
                                || target.ports().stream()
                                        .anyMatch(it -> it.means(port.number(), port.name())))) {
                    return Optional.of(
                            new Demand(
                                    mode(policy.spec().peers(), policy.spec().peerIsOptional()),
                                    policy));
                }
            }
        }
        var ofNamespace = oldOfNamespace.get(service.namespace());
        if (ofNamespace != null) {
            var spec = ofNamespace.spec();
            return Optional.of(new Demand(mode(spec.peers(), spec.peerIsOptional()), ofNamespace));
        }
        if (oldOfMesh != null) {
            var spec = oldOfMesh.spec();
            return Optional.of(new Demand(mode(spec.peers(), spec.peerIsOptional()), oldOfMesh));
        }
        return Optional.empty();
    }

    /// Without a peer method no certificate is asked for.
    private static Mode mode(List<PeerMethod> peers, boolean optional) {
        return peers.stream()
                .map(PeerMethod::mtls)
                .filter(java.util.Objects::nonNull)
                .findFirst()
                .map(mtls -> optional || mtls.isPermissive() ? Mode.EITHER : Mode.MTLS)
                .orElse(Mode.PLAINTEXT);
    }
}
