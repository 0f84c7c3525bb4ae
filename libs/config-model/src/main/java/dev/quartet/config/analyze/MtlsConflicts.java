package dev.quartet.config.analyze;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.mesh.MeshConfig;
import dev.quartet.config.networking.ClientTlsSettings;
import dev.quartet.config.networking.DestinationRule;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.TrafficPolicy;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Callers that send plaintext, by a DestinationRule, where a policy takes mTLS only, or mTLS where none is taken; and services
/// with such a policy that nobody sends mTLS to, since the mesh does not by itself.
final class MtlsConflicts implements Analyzer {
    @Override
    public Set<Reason> reasons() {
        return Set.of(Reason.CONFLICTING_MTLS, Reason.MTLS_WITHOUT_PROXY);
    }

    @Override
    public void look(Scene scene, Report problems) {
        var policies = new PeerPolicies(scene);
        var secured = new HashSet<String>();
        for (var rule : scene.all(DestinationRule.class)) {
            var policy = rule.spec().trafficPolicy();
            if (policy != null
                    && policy.tls() != null
                    && policy.tls().mode() == ClientTlsSettings.Mode.ISTIO_MUTUAL) {
                secured.add(Hosts.resolve(rule.spec().host(), rule.namespace()));
                scene.service(rule.spec().host(), rule.namespace())
                        .ifPresent(service -> withoutProxy(scene, rule, service, problems));
            }
            scene.service(rule.spec().host(), rule.namespace())
                    .filter(MeshService::inMesh)
                    .ifPresent(service -> rule(rule, service, policies, problems));
        }
        if (scene.mesh().map(MeshConfig::enableAutoMtls).filter(auto -> !auto).isPresent()) {
            unsecured(scene, policies, secured, problems);
        }
    }

    private static void withoutProxy(
            Scene scene, Of<DestinationRule> rule, MeshService service, Report problems) {
        if (service.selector().isEmpty()) {
            return;
        }
        scene.workloadsByLabel()
                .matching(service.namespace(), service.selector())
                .filter(it -> it.pod() != null && it.pod().running() && !it.pod().hasProxy())
                .findFirst()
                .ifPresent(workload ->
                        problems.add(
                                Reason.MTLS_WITHOUT_PROXY,
                                rule,
                                FieldPath.SPEC.field("trafficPolicy").field("tls").field("mode"),
                                workload.subject()
                                        + " of "
                                        + quoted(service.host())
                                        + " has no sidecar that takes mTLS",
                                "give it one, or take tls out: the mesh decides for each workload then"));
    }

    private static void rule(
            Of<DestinationRule> rule, MeshService service, PeerPolicies policies, Report problems) {
        var spec = rule.spec();
        policy(
                rule,
                spec.trafficPolicy(),
                FieldPath.SPEC.field("trafficPolicy"),
                service,
                policies,
                problems);
        for (int i = 0; i < spec.subsets().size(); i++) {
            policy(
                    rule,
                    spec.subsets().get(i).trafficPolicy(),
                    FieldPath.SPEC.field("subsets").index(i).field("trafficPolicy"),
                    service,
                    policies,
                    problems);
        }
    }

    private static void policy(
            Of<DestinationRule> rule,
            @Nullable TrafficPolicy policy,
            FieldPath path,
            MeshService service,
            PeerPolicies policies,
            Report problems) {
        if (policy == null) {
            return;
        }
        var own = new HashSet<Integer>();
        for (int i = 0; i < policy.portLevelSettings().size(); i++) {
            var settings = policy.portLevelSettings().get(i);
            own.add(settings.port().number());
            for (var port : service.ports()) {
                if (settings.port().number() == port.number()) {
                    tls(
                            rule,
                            settings.tls(),
                            path.field("portLevelSettings").index(i).field("tls"),
                            service,
                            port,
                            policies,
                            problems);
                }
            }
        }
        for (var port : service.ports()) {
            if (!own.contains(port.number())
                    && tls(
                            rule,
                            policy.tls(),
                            path.field("tls"),
                            service,
                            port,
                            policies,
                            problems)) {
                return; // one port says enough
            }
        }
    }

    /// @return whether there was something to tell
    private static boolean tls(
            Of<DestinationRule> rule,
            @Nullable ClientTlsSettings tls,
            FieldPath path,
            MeshService service,
            MeshService.Port port,
            PeerPolicies policies,
            Report problems) {
        var demand = tls == null ? null : policies.of(service, port).orElse(null);
        if (tls == null || demand == null) {
            return false;
        }
        var sendsMtls = tls.mode() == ClientTlsSettings.Mode.ISTIO_MUTUAL;
        var contradicts =
                switch (demand.mode()) {
                    case MTLS -> !sendsMtls;
                    case PLAINTEXT -> sendsMtls;
                    case EITHER -> false;
                };
        if (contradicts) {
            problems.add(
                    Reason.CONFLICTING_MTLS,
                    rule,
                    path.field("mode"),
                    demand.policy().place()
                            + (sendsMtls ? " takes no mTLS" : " takes nothing but mTLS")
                            + " on port "
                            + port.number()
                            + " of "
                            + quoted(service.host()),
                    sendsMtls
                            ? "take tls out, or let the policy take mTLS"
                            : "write mode: ISTIO_MUTUAL, or take tls out");
        }
        return contradicts;
    }

    private static void unsecured(
            Scene scene, PeerPolicies policies, Set<String> secured, Report problems) {
        var told = new HashSet<Object>();
        for (var service : scene.services()) {
            if (!service.inMesh() || secured.contains(service.host())) {
                continue;
            }
            for (var port : service.ports()) {
                var demand = policies.of(service, port);
                if (demand.isPresent()
                        && demand.get().mode() == PeerPolicies.Mode.MTLS
                        && told.add(demand.get().policy().key())) {
                    problems.add(
                            Reason.CONFLICTING_MTLS,
                            demand.get().policy(),
                            FieldPath.SPEC,
                            "enableAutoMtls is off, and no DestinationRule lets callers of "
                                    + quoted(service.host())
                                    + " send mTLS",
                            "turn enableAutoMtls on, or write a DestinationRule with tls.mode: ISTIO_MUTUAL");
                }
            }
        }
    }
}
