package dev.quartet.config.analyze;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.networking.Gateway;
import java.util.List;
import java.util.Set;

/// Ports that a Gateway opens and that nobody reaches: its workload does not declare them, or no Service leads to them. One
/// workload and one Service that have it are enough.
final class GatewayPorts implements Analyzer {
    /// The replicas of a gateway are alike.
    private static final int WORKLOADS = 20;

    @Override
    public Set<Reason> reasons() {
        return Set.of(Reason.GATEWAY_PORT_NOT_ON_WORKLOAD, Reason.GATEWAY_PORT_NOT_ON_SERVICE);
    }

    @Override
    public Set<Aspect> needs() {
        return Set.of(Aspect.WORKLOADS, Aspect.SERVICES);
    }

    @Override
    public void look(Scene scene, Report problems) {
        for (var gateway : scene.all(Gateway.class)) {
            if (gateway.spec().selector().isEmpty()) {
                continue; // it is for all workloads that are gateways, and nobody knows which are
            }
            var workloads =
                    scene.workloadsByLabel()
                            .matching(null, gateway.spec().selector())
                            .limit(WORKLOADS)
                            .toList();
            if (!workloads.isEmpty()) {
                ports(scene, gateway, workloads, problems);
            }
        }
    }

    private static void ports(
            Scene scene, Of<Gateway> gateway, List<Workload> workloads, Report problems) {
        for (int i = 0; i < gateway.spec().servers().size(); i++) {
            int port = gateway.spec().servers().get(i).port().number();
            var path = FieldPath.SPEC.field("servers").index(i).field("port").field("number");
            var leading = workloads.stream().filter(it -> !scene.servicesOf(it).isEmpty()).toList();
            if (!leading.isEmpty()) {
                if (leading.stream().noneMatch(it -> leadsTo(scene.servicesOf(it), it, port))) {
                    problems.add(
                            Reason.GATEWAY_PORT_NOT_ON_SERVICE,
                            gateway,
                            path,
                            "no Service leads to port "
                                    + port
                                    + " of the gateway's workload "
                                    + leading.getFirst().subject(),
                            "add the port to "
                                    + scene.servicesOf(leading.getFirst()).getFirst().host());
                }
            } else if (workloads.stream()
                    .noneMatch(it -> it.ports().isEmpty() || it.ports().contains(port))) {
                problems.add(
                        Reason.GATEWAY_PORT_NOT_ON_WORKLOAD,
                        gateway,
                        path,
                        "the gateway's workload "
                                + workloads.getFirst().subject()
                                + " does not declare port "
                                + port,
                        "declare it there, or open another port");
            }
        }
    }

    private static boolean leadsTo(List<MeshService> services, Workload workload, int port) {
        return services.stream()
                .flatMap(service -> service.ports().stream())
                .anyMatch(it ->
                        workload.port(it.target()).map(target -> target == port).orElse(true));
    }
}
