package dev.quartet.config.analyze;

import static dev.quartet.config.schema.Names.listed;
import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.networking.Destination;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.VirtualService;
import java.util.Set;

/// Destinations with several ports of which none is named. A sidecar takes the port that was called, which is right when the
/// destination is what was called.
final class PortSelectors implements Analyzer {
    @Override
    public Set<Reason> reasons() {
        return Set.of(Reason.PORT_REQUIRED);
    }

    @Override
    public void look(Scene scene, Report problems) {
        for (var routes : scene.all(VirtualService.class)) {
            var spec = routes.spec();
            for (int i = 0; i < spec.http().size(); i++) {
                var path = FieldPath.SPEC.field("http").index(i).field("route");
                var targets = spec.http().get(i).route();
                for (int j = 0; j < targets.size(); j++) {
                    check(scene, routes, targets.get(j).destination(), path.index(j), problems);
                }
            }
            for (int i = 0; i < spec.tls().size(); i++) {
                var path = FieldPath.SPEC.field("tls").index(i).field("route");
                var targets = spec.tls().get(i).route();
                for (int j = 0; j < targets.size(); j++) {
                    check(scene, routes, targets.get(j).destination(), path.index(j), problems);
                }
            }
            for (int i = 0; i < spec.tcp().size(); i++) {
                var path = FieldPath.SPEC.field("tcp").index(i).field("route");
                var targets = spec.tcp().get(i).route();
                for (int j = 0; j < targets.size(); j++) {
                    check(scene, routes, targets.get(j).destination(), path.index(j), problems);
                }
            }
        }
    }

    private static void check(
            Scene scene,
            Of<VirtualService> routes,
            Destination destination,
            FieldPath path,
            Report problems) {
        if (destination.port() != null || isWhatWasCalled(routes, destination)) {
            return;
        }
        var service = scene.service(destination.host(), routes.namespace());
        if (service.isPresent() && service.get().ports().size() > 1) {
            problems.add(
                    Reason.PORT_REQUIRED,
                    routes,
                    path.field("destination"),
                    "the service "
                            + quoted(service.get().host())
                            + " has several ports, and the route names none",
                    "add port.number: one of "
                            + listed(
                                    service.get().ports().stream()
                                            .map(MeshService.Port::number)
                                            .toList()));
        }
    }

    private static boolean isWhatWasCalled(Of<VirtualService> routes, Destination destination) {
        var spec = routes.spec();
        var forSidecarsOnly = spec.gateways().stream().allMatch(VirtualService.MESH::equals);
        var host = Hosts.resolve(destination.host(), routes.namespace());
        return forSidecarsOnly
                && spec.hosts().stream()
                        .map(it -> Hosts.resolve(it, routes.namespace()))
                        .allMatch(host::equals);
    }
}
