package dev.quartet.config.analyze;

import dev.quartet.config.FieldPath;
import dev.quartet.config.read.ClusterObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Makes surroundings of objects of Kubernetes that stood among resources.
final class Manifests {
    private static final String TCP = "TCP";

    private Manifests() {}

    static Surroundings read(Collection<ClusterObject> objects) {
        var services = new ArrayList<KubeService>();
        var namespaces = new ArrayList<KubeNamespace>();
        var workloads = new ArrayList<KubeWorkload>();
        var secrets = new ArrayList<KubeSecret>();
        for (var object : objects) {
            switch (object.subject().kind()) {
                case "Service" -> services.add(service(object));
                case "Namespace" -> namespaces.add(new KubeNamespace(object));
                case "Secret" ->
                        secrets.add(
                                new KubeSecret(
                                        object,
                                        new Loose(object.body()).at("data").fields().keySet()));
                case "Pod" -> pod(object).ifPresent(workloads::add);
                case "CronJob" ->
                        workloads.add(workload(object, "spec", "jobTemplate", "spec", "template"));
                default -> workloads.add(workload(object, "spec", "template"));
            }
        }
        return new Surroundings(services, namespaces, workloads, secrets, Set.of());
    }

    private static KubeService service(ClusterObject object) {
        var spec = new Loose(object.body()).at("spec");
        var ports = new ArrayList<KubeService.Port>();
        for (var port : spec.at("ports").items()) {
            port.at("port")
                    .number()
                    .ifPresent(number ->
                            ports.add(
                                    new KubeService.Port(
                                            port.at("name").text(),
                                            (int) number,
                                            port.at("protocol").text(TCP),
                                            port.at("targetPort").text(Long.toString(number)),
                                            port.at("appProtocol").isThere()
                                                    ? port.at("appProtocol").text()
                                                    : null)));
        }
        return new KubeService(
                object,
                spec.at("selector").texts(),
                ports,
                spec.at("type").text().equals("ExternalName"));
    }

    /// Empty when it has ended.
    private static Optional<KubeWorkload> pod(ClusterObject object) {
        var phase = new Loose(object.body()).at("status", "phase").text();
        return phase.equals("Succeeded") || phase.equals("Failed")
                ? Optional.empty()
                : Optional.of(
                        workload(
                                object,
                                FieldPath.ROOT,
                                new Loose(object.body()),
                                !phase.isEmpty()));
    }

    private static KubeWorkload workload(ClusterObject object, String... way) {
        var path = FieldPath.ROOT;
        for (var name : way) {
            path = path.field(name);
        }
        return workload(object, path, new Loose(object.body()).at(way), false);
    }

    private static KubeWorkload workload(
            ClusterObject object, FieldPath path, Loose pod, boolean running) {
        var containers = new ArrayList<KubeWorkload.Container>();
        var user = pod.at("spec", "securityContext", "runAsUser");
        for (var list : List.of("initContainers", "containers")) {
            var items = pod.at("spec", list).items();
            for (int i = 0; i < items.size(); i++) {
                containers.add(
                        container(items.get(i), user, path.field("spec").field(list).index(i)));
            }
        }
        return new KubeWorkload(
                object,
                path,
                pod.at("metadata", "labels").texts(),
                pod.at("metadata", "annotations").texts(),
                containers,
                pod.at("spec", "hostNetwork").isTrue(),
                running);
    }

    private static KubeWorkload.Container container(
            Loose container, Loose userOfPod, FieldPath path) {
        var ports = new ArrayList<KubeWorkload.Port>();
        for (var port : container.at("ports").items()) {
            port.at("containerPort")
                    .number()
                    .ifPresent(number ->
                            ports.add(
                                    new KubeWorkload.Port(
                                            port.at("name").text(),
                                            (int) number,
                                            port.at("protocol").text(TCP))));
        }
        var own = container.at("securityContext", "runAsUser");
        var user = (own.isThere() ? own : userOfPod).number();
        return new KubeWorkload.Container(
                path,
                container.at("name").text(),
                container.at("image").text(),
                ports,
                user.isPresent() ? (Long) user.getAsLong() : null);
    }
}
