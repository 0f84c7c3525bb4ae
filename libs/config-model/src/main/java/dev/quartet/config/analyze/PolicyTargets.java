package dev.quartet.config.analyze;

import static dev.quartet.config.schema.Names.listed;
import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.authentication.Policy;
import java.util.List;
import java.util.Set;

/// Services and ports that a Policy names and that are not there.
final class PolicyTargets implements Analyzer {
    @Override
    public Set<Reason> reasons() {
        return Set.of(Reason.HOST_NOT_FOUND, Reason.PORT_NOT_FOUND);
    }

    @Override
    public void look(Scene scene, Report problems) {
        for (var policy : scene.all(Policy.class)) {
            var targets = policy.spec().targets();
            for (int i = 0; i < targets.size(); i++) {
                target(
                        scene,
                        policy,
                        targets.get(i),
                        FieldPath.SPEC.field("targets").index(i),
                        problems);
            }
        }
    }

    private static void target(
            Scene scene, Of<Policy> policy, Policy.Target target, FieldPath path, Report problems) {
        var service = scene.service(target.name(), policy.namespace());
        if (service.isEmpty()) {
            problems.add(
                    Reason.HOST_NOT_FOUND,
                    policy,
                    path.field("name"),
                    "there is no service "
                            + quoted(target.name())
                            + " in the namespace "
                            + policy.namespace(),
                    "name one that is there");
            return;
        }
        for (int i = 0; i < target.ports().size(); i++) {
            var port = target.ports().get(i);
            if (service.get().ports().stream()
                    .noneMatch(it -> port.means(it.number(), it.name()))) {
                problems.add(
                        Reason.PORT_NOT_FOUND,
                        policy,
                        path.field("ports").index(i),
                        "the service "
                                + quoted(service.get().host())
                                + " has no port "
                                + (port.name() == null ? port.number() : quoted(port.name())),
                        "use one of " + listed(names(service.get())));
            }
        }
    }

    private static List<String> names(MeshService service) {
        return service.ports().stream()
                .map(port -> port.number() + (port.name().isEmpty() ? "" : " " + port.name()))
                .toList();
    }
}
