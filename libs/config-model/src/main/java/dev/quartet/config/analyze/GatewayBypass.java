package dev.quartet.config.analyze;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.VirtualService;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// Routes of a Gateway to a host that has routes of its own: what comes in by the Gateway goes straight to the service, past
/// them.
final class GatewayBypass implements Analyzer {
    @Override
    public Set<Reason> reasons() {
        return Set.of(Reason.ROUTES_NOT_AT_GATEWAY);
    }

    @Override
    public void look(Scene scene, Report problems) {
        Map<String, Of<VirtualService>> forSidecars = new HashMap<>();
        for (var routes : scene.all(VirtualService.class)) {
            if (routes.spec().isForSidecars() && !routes.spec().http().isEmpty()) {
                for (var host : routes.spec().hosts()) {
                    forSidecars.putIfAbsent(Hosts.resolve(host, routes.namespace()), routes);
                }
            }
        }
        for (var routes : scene.all(VirtualService.class)) {
            if (routes.spec().isForSidecars()) {
                continue;
            }
            for (int i = 0; i < routes.spec().http().size(); i++) {
                var targets = routes.spec().http().get(i).route();
                for (int j = 0; j < targets.size(); j++) {
                    var destination = targets.get(j).destination();
                    var host = Hosts.resolve(destination.host(), routes.namespace());
                    var passed = destination.subset() == null ? forSidecars.get(host) : null;
                    if (passed != null) {
                        problems.add(
                                Reason.ROUTES_NOT_AT_GATEWAY,
                                routes,
                                FieldPath.SPEC
                                        .field("http")
                                        .index(i)
                                        .field("route")
                                        .index(j)
                                        .field("destination"),
                                "what comes in here goes past the routes of "
                                        + passed.place()
                                        + ", which are for sidecars",
                                "write here what shall hold for it too, for example the subset");
                    }
                }
            }
        }
    }
}
