package dev.quartet.config.analyze;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.authentication.Policy;
import dev.quartet.config.security.RequestAuthentication;
import java.util.Set;

/// Tokens that are asked for on ports where no HTTP is spoken. A policy for a whole namespace is meant for those where it is.
final class TokenPorts implements Analyzer {
    @Override
    public Set<Reason> reasons() {
        return Set.of(Reason.TOKEN_ON_TCP_PORT);
    }

    @Override
    public void look(Scene scene, Report problems) {
        for (var policy : scene.all(Policy.class)) {
            if (!policy.spec().origins().isEmpty()) {
                targets(scene, policy, problems);
            }
        }
        for (var policy : scene.all(RequestAuthentication.class)) {
            var selector = policy.spec().selector();
            if (selector != null
                    && !selector.matchLabels().isEmpty()
                    && !policy.spec().jwtRules().isEmpty()) {
                scene.servicesBySelector()
                        .matching(scene.reach(policy.read().resource()), selector.matchLabels())
                        .forEach(service ->
                                service.ports().stream()
                                        .filter(port -> !port.protocol().isHttp())
                                        .forEach(port ->
                                                add(
                                                        policy,
                                                        FieldPath.SPEC.field("selector"),
                                                        service,
                                                        port,
                                                        problems)));
            }
        }
    }

    private static void targets(Scene scene, Of<Policy> policy, Report problems) {
        var targets = policy.spec().targets();
        for (int i = 0; i < targets.size(); i++) {
            var target = targets.get(i);
            var path = FieldPath.SPEC.field("targets").index(i);
            scene.service(target.name(), policy.namespace())
                    .ifPresent(service ->
                            service.ports().stream()
                                    .filter(port -> !port.protocol().isHttp())
                                    .filter(port ->
                                            target.ports().isEmpty()
                                                    || target.ports().stream()
                                                            .anyMatch(it ->
                                                                    it.means(
                                                                            port.number(),
                                                                            port.name())))
                                    .forEach(port -> add(policy, path, service, port, problems)));
        }
    }

    private static void add(
            Of<?> policy,
            FieldPath path,
            MeshService service,
            MeshService.Port port,
            Report problems) {
        problems.add(
                Reason.TOKEN_ON_TCP_PORT,
                policy,
                path,
                "port "
                        + port.number()
                        + " of "
                        + quoted(service.host())
                        + " speaks "
                        + port.protocol().label()
                        + ", where no token is seen",
                "leave the port out, or call it http- if it speaks HTTP");
    }
}
