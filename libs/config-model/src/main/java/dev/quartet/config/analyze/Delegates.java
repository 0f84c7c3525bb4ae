package dev.quartet.config.analyze;

import static dev.quartet.config.schema.Names.listed;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.mesh.MeshConfig;
import dev.quartet.config.networking.Delegation;
import dev.quartet.config.networking.HttpRoute;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.config.networking.Visibility;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// VirtualServices without hosts, which others hand over to: nobody does, they are not shown to those who do, or they match what is not
/// handed over. What is named and not there is told at every change.
final class Delegates implements Analyzer {
    @Override
    public Set<Reason> reasons() {
        return Set.of(
                Reason.DELEGATE_NOT_EXPORTED, Reason.MATCH_NOT_HANDED_OVER, Reason.UNUSED_DELEGATE);
    }

    @Override
    public void look(Scene scene, Report problems) {
        Map<ResourceKey, Of<VirtualService>> delegates = new LinkedHashMap<>();
        for (var routes : scene.all(VirtualService.class)) {
            if (routes.spec().isDelegate()) {
                delegates.put(routes.key(), routes);
            }
        }
        var shown = scene.mesh().map(MeshConfig::defaultVirtualServiceExportTo).orElse(List.of());
        var used = new HashSet<ResourceKey>();
        for (var routes : scene.all(VirtualService.class)) {
            var left = Delegation.MOST_PAIRS;
            for (int i = 0; i < routes.spec().http().size(); i++) {
                var route = routes.spec().http().get(i);
                var delegate =
                        route.delegate() == null || routes.spec().isDelegate()
                                ? null
                                : delegates.get(route.delegate().key(routes.namespace()));
                if (delegate != null) {
                    used.add(delegate.key());
                    left -= check(routes, i, route, delegate, shown, left, problems);
                }
            }
        }
        for (var delegate : delegates.values()) {
            if (!used.contains(delegate.key())) {
                problems.add(
                        Reason.UNUSED_DELEGATE,
                        delegate,
                        FieldPath.SPEC,
                        "it has no hosts, and no route of another VirtualService hands over to it",
                        "add hosts, or name it as delegate of a route");
            }
        }
    }

    /// @param left pairs of matches that may be made yet
    /// @return how many were made
    private static int check(
            Of<VirtualService> routes,
            int number,
            HttpRoute route,
            Of<VirtualService> delegate,
            List<String> otherwise,
            int left,
            Report problems) {
        var exportTo =
                delegate.spec().exportTo().isEmpty() ? otherwise : delegate.spec().exportTo();
        var path = FieldPath.SPEC.field("http").index(number);
        if (!Visibility.of(exportTo, delegate.namespace(), otherwise).from(routes.namespace())) {
            problems.add(
                    Reason.DELEGATE_NOT_EXPORTED,
                    routes,
                    path.field("delegate"),
                    "%s is exported to %s, and not to namespace %s"
                            .formatted(delegate.place(), listed(exportTo), routes.namespace()),
                    "add the namespace to its exportTo");
            return 0;
        }
        var merged =
                Delegation.of(
                        route, routes.namespace(), delegate.spec(), delegate.namespace(), left);
        merged.leftOut()
                .forEach(it ->
                        problems.add(
                                Reason.MATCH_NOT_HANDED_OVER,
                                delegate,
                                it.path(),
                                "%s of %s %s".formatted(it.why(), routes.place(), path),
                                it.fix()));
        return merged.pairs();
    }
}
