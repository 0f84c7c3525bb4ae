package dev.quartet.config.analyze;

import static dev.quartet.config.schema.Names.listed;
import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Ports of a workload that are claimed twice: by Services that say different protocols or lead there from different ports, or
/// by containers that both want to listen.
final class WorkloadPorts implements Analyzer {
    private record Claim(MeshService service, MeshService.Port port) {
        String place() {
            return service.host() + ":" + port.number();
        }
    }

    @Override
    public Set<Reason> reasons() {
        return Set.of(Reason.CONFLICTING_PROTOCOLS, Reason.CONFLICTING_PORTS);
    }

    @Override
    public Set<Aspect> needs() {
        return Set.of(Aspect.WORKLOADS, Aspect.SERVICES);
    }

    @Override
    public void look(Scene scene, Report problems) {
        var told = new HashSet<Set<String>>();
        for (var workload : scene.workloads()) {
            if (workload.pod() != null) {
                ofContainers(workload.pod(), problems);
                ofServices(workload, workload.pod(), scene.servicesOf(workload), told, problems);
            }
        }
    }

    private static void ofContainers(KubeWorkload pod, Report problems) {
        Map<String, KubeWorkload.Container> owners = new HashMap<>();
        for (var container : pod.containers()) {
            if (container.isInit()) {
                continue;
            }
            for (var port : container.ports()) {
                var owner = owners.putIfAbsent(port.number() + "/" + port.transport(), container);
                if (owner != null && !owner.equals(container)) {
                    problems.add(
                            Reason.CONFLICTING_PORTS,
                            pod.object(),
                            container.path().field("ports"),
                            "the containers "
                                    + quoted(owner.name())
                                    + " and "
                                    + quoted(container.name())
                                    + " of one pod both listen on port "
                                    + port.number(),
                            "give one of them another port");
                }
            }
        }
    }

    /// @param told the replicas of a workload have the same Services: they are told of once
    private static void ofServices(
            Workload workload,
            KubeWorkload pod,
            List<MeshService> services,
            Set<Set<String>> told,
            Report problems) {
        Map<Integer, Map<String, Claim>> byTarget = new TreeMap<>();
        for (var service : services) {
            for (var port : service.ports()) {
                workload.port(port.target())
                        .ifPresent(target -> {
                            var claim = new Claim(service, port);
                            byTarget.computeIfAbsent(target, t -> new HashMap<>())
                                    .put(claim.place(), claim);
                        });
            }
        }
        byTarget.forEach((target, claims) -> {
            var places = new TreeSet<>(claims.keySet());
            if (claims.size() < 2 || !told.add(places)) {
                return;
            }
            var protocols = new TreeSet<String>();
            var numbers = new TreeSet<Integer>();
            for (var claim : claims.values()) {
                protocols.add(claim.port().protocol().label());
                numbers.add(claim.port().number());
            }
            if (protocols.size() > 1) {
                problems.add(
                        Reason.CONFLICTING_PROTOCOLS,
                        pod.object(),
                        FieldPath.ROOT,
                        listed(places)
                                + " lead to its port "
                                + target
                                + " and say that it speaks "
                                + listed(protocols),
                        "say one protocol: name the ports alike, or set appProtocol");
            } else if (numbers.size() > 1) {
                problems.add(
                        Reason.CONFLICTING_PORTS,
                        pod.object(),
                        FieldPath.ROOT,
                        listed(places) + " lead to its port " + target + " from different ports",
                        "give the Services the same port, or lead them to different ones");
            }
        });
    }
}
