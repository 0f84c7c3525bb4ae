package dev.quartet.config.analyze;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.networking.Sidecar;
import dev.quartet.config.schema.Names;
import dev.quartet.config.security.AuthorizationPolicy;
import dev.quartet.expressions.NearNames;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// Namespaces that policies and Sidecars name and that are not there. Patterns are left alone.
final class NamespaceReferences implements Analyzer {
    @Override
    public Set<Reason> reasons() {
        return Set.of(Reason.NAMESPACE_NOT_FOUND);
    }

    @Override
    public Set<Aspect> needs() {
        return Set.of(Aspect.NAMESPACES);
    }

    @Override
    public void look(Scene scene, Report problems) {
        if (!scene.knowsAll(Aspect.NAMESPACES)) {
            return;
        }
        var namespaces =
                scene.surroundings().namespaces().stream()
                        .map(KubeNamespace::name)
                        .collect(Collectors.toSet());
        for (var policy : scene.all(AuthorizationPolicy.class)) {
            var rules = policy.spec().rules();
            for (int i = 0; i < rules.size(); i++) {
                var from = rules.get(i).from();
                for (int j = 0; j < from.size(); j++) {
                    var path =
                            FieldPath.SPEC
                                    .field("rules")
                                    .index(i)
                                    .field("from")
                                    .index(j)
                                    .field("source");
                    var source = from.get(j).source();
                    names(
                            policy,
                            source.namespaces(),
                            path.field("namespaces"),
                            namespaces,
                            problems);
                    names(
                            policy,
                            source.notNamespaces(),
                            path.field("notNamespaces"),
                            namespaces,
                            problems);
                }
            }
        }
        for (var sidecar : scene.all(Sidecar.class)) {
            var egress = sidecar.spec().egress();
            for (int i = 0; i < egress.size(); i++) {
                var path = FieldPath.SPEC.field("egress").index(i).field("hosts");
                var hosts = egress.get(i).hosts();
                for (int j = 0; j < hosts.size(); j++) {
                    int slash = hosts.get(j).indexOf('/');
                    if (slash > 0) {
                        var namespace = hosts.get(j).substring(0, slash);
                        name(sidecar, namespace, path.index(j), namespaces, problems);
                    }
                }
            }
        }
    }

    private static void names(
            Of<?> resource,
            List<String> names,
            FieldPath path,
            Set<String> namespaces,
            Report problems) {
        for (int i = 0; i < names.size(); i++) {
            name(resource, names.get(i), path.index(i), namespaces, problems);
        }
    }

    private static void name(
            Of<?> resource, String name, FieldPath path, Set<String> namespaces, Report problems) {
        if (Names.isDnsLabel(name) && !namespaces.contains(name)) {
            problems.add(
                    Reason.NAMESPACE_NOT_FOUND,
                    resource,
                    path,
                    "there is no namespace " + quoted(name),
                    NearNames.of(name, namespaces)
                            .map(near -> "did you mean " + near + "?")
                            .orElse("make it, or take the name out"));
        }
    }
}
