package dev.quartet.galley.kube;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Position;
import dev.quartet.config.Subject;
import dev.quartet.config.analyze.Aspect;
import dev.quartet.config.analyze.KubeNamespace;
import dev.quartet.config.analyze.KubeService;
import dev.quartet.config.analyze.KubeWorkload;
import dev.quartet.config.analyze.Surroundings;
import dev.quartet.config.read.ClusterObject;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Listable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Lists the Services, pods and namespaces of a cluster when analysis asks for them: page by page, and nothing of it is kept.
/// What the apiserver refuses to list, or has no answer for at once, is not known then: somebody waits. Secrets are none of
/// Galley's business. Thread-safe.
public final class ClusterView {
    private static final Logger LOGGER = LoggerFactory.getLogger(ClusterView.class);
    private static final long PAGE = 500;
    private static final String TCP = "TCP";
    private static final Set<String> ENDED = Set.of("Succeeded", "Failed");

    private final KubernetesClient client;

    /// @param cluster says where the cluster is, and who asks
    public ClusterView(KubernetesClient cluster) {
        this.client = Impatient.of(cluster);
    }

    public Surroundings surroundings() {
        var complete = EnumSet.noneOf(Aspect.class);
        var services = new ArrayList<KubeService>();
        if (list(client.services().inAnyNamespace(), "services", it -> services.add(service(it)))) {
            complete.add(Aspect.SERVICES);
        }
        var workloads = new ArrayList<KubeWorkload>();
        if (list(client.pods().inAnyNamespace(), "pods", pod -> addTo(workloads, pod))) {
            complete.add(Aspect.WORKLOADS);
        }
        var namespaces = new ArrayList<KubeNamespace>();
        if (list(client.namespaces(), "namespaces", it -> namespaces.add(namespace(it)))) {
            complete.add(Aspect.NAMESPACES);
        }
        return new Surroundings(services, namespaces, workloads, List.of(), complete);
    }

    /// @return whether all of them were there to see
    private static <T extends HasMetadata> boolean list(
            Listable<? extends KubernetesResourceList<T>> objects, String type, Consumer<T> each) {
        var token = "";
        try {
            do {
                var page =
                        objects.list(
                                new ListOptionsBuilder()
                                        .withLimit(PAGE)
                                        .withContinue(token.isEmpty() ? null : token)
                                        .build());
                page.getItems().forEach(each);
                var next = page.getMetadata().getContinue();
                token = next == null ? "" : next;
            } while (!token.isEmpty());
            return true;
        } catch (KubernetesClientException refused) {
            LOGGER.atWarn()
                    .addKeyValue("type", type)
                    .addKeyValue("error", refused.getMessage())
                    .log("Apiserver gives no list for analysis");
            return false;
        }
    }

    private static KubeNamespace namespace(Namespace namespace) {
        return new KubeNamespace(object("Namespace", namespace));
    }

    private static KubeService service(Service service) {
        var spec = service.getSpec();
        return new KubeService(
                object("Service", service),
                orEmpty(spec.getSelector()),
                orEmpty(spec.getPorts()).stream().map(ClusterView::port).toList(),
                "ExternalName".equals(spec.getType()));
    }

    private static KubeService.Port port(ServicePort port) {
        var target = port.getTargetPort();
        var named = target == null ? null : target.getStrVal();
        var numbered = target == null ? null : target.getIntVal();
        return new KubeService.Port(
                text(port.getName(), ""),
                port.getPort(),
                text(port.getProtocol(), TCP),
                named != null
                        ? named
                        : Integer.toString(numbered == null ? port.getPort() : numbered),
                port.getAppProtocol());
    }

    private static void addTo(Collection<KubeWorkload> workloads, Pod pod) {
        var phase = pod.getStatus() == null ? "" : text(pod.getStatus().getPhase(), "");
        if (!ENDED.contains(phase)) {
            workloads.add(workload(pod));
        }
    }

    private static KubeWorkload workload(Pod pod) {
        var spec = pod.getSpec();
        var containers = new ArrayList<KubeWorkload.Container>();
        add(
                containers,
                orEmpty(spec.getInitContainers()),
                "initContainers",
                spec.getSecurityContext());
        add(containers, orEmpty(spec.getContainers()), "containers", spec.getSecurityContext());
        var object = object("Pod", pod);
        return new KubeWorkload(
                object,
                FieldPath.ROOT,
                object.labels(),
                object.annotations(),
                containers,
                Boolean.TRUE.equals(spec.getHostNetwork()),
                true);
    }

    private static void add(
            Collection<KubeWorkload.Container> all,
            List<Container> containers,
            String list,
            @Nullable PodSecurityContext ofPod) {
        for (int i = 0; i < containers.size(); i++) {
            var container = containers.get(i);
            var own = container.getSecurityContext();
            var user = own == null ? null : own.getRunAsUser();
            all.add(
                    new KubeWorkload.Container(
                            FieldPath.SPEC.field(list).index(i),
                            container.getName(),
                            text(container.getImage(), ""),
                            orEmpty(container.getPorts()).stream().map(ClusterView::port).toList(),
                            user != null || ofPod == null ? user : ofPod.getRunAsUser()));
        }
    }

    private static KubeWorkload.Port port(ContainerPort port) {
        return new KubeWorkload.Port(
                text(port.getName(), ""), port.getContainerPort(), text(port.getProtocol(), TCP));
    }

    private static ClusterObject object(String kind, HasMetadata object) {
        var metadata = object.getMetadata();
        return ClusterObject.inCluster(
                new Subject(kind, text(metadata.getNamespace(), ""), metadata.getName()),
                orEmpty(metadata.getLabels()),
                orEmpty(metadata.getAnnotations()),
                new Position(ObjectReader.place(object) + "@" + metadata.getResourceVersion(), 0));
    }

    private static String text(@Nullable String text, String otherwise) {
        return text == null ? otherwise : text;
    }

    private static <T> List<T> orEmpty(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }

    private static Map<String, String> orEmpty(@Nullable Map<String, String> map) {
        return map == null ? Map.of() : map;
    }
}
