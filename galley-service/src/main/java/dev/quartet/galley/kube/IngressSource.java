package dev.quartet.galley.kube;

import dev.quartet.config.Problem;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Severity;
import dev.quartet.config.check.ResourceChecker;
import dev.quartet.config.mesh.MeshConfig;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.read.ReadResource;
import dev.quartet.config.read.ResourceReader;
import dev.quartet.galley.kube.ObjectReader.Reading;
import dev.quartet.galley.source.Origin;
import dev.quartet.galley.source.SourceContent;
import dev.quartet.imports.ingress.IngressReader;
import dev.quartet.imports.ingress.IngressSettings;
import dev.quartet.imports.ingress.IngressTranslator;
import dev.quartet.imports.ingress.ReadIngress;
import dev.quartet.imports.ingress.Translation;
import dev.quartet.kube.Mirror;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressClass;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Follows the Ingresses of a cluster and translates those of the mesh (config-import). A version with an error leaves the
/// Ingress's last good one in force. [#gather] is one thread's; the rest is safe from any thread.
final class IngressSource {
    private static final String DEFAULT_SERVICE = "istio-ingressgateway";

    private final KubernetesSerialization serialization;
    private final Mirror<Ingress> ingresses;
    private final Mirror<IngressClass> classes;
    private final ObjectReader<ReadIngress> reader;
    private @Nullable Input before;
    private SourceContent content = new SourceContent(Origin.INGRESS, List.of(), List.of());
    private volatile Served served = new Served(List.of(), DEFAULT_SERVICE);

    /// The mesh's Ingresses.
    ///
    /// @param service of the gateways that serve them
    record Served(List<Ingress> ingresses, String service) {
        Served {
            ingresses = List.copyOf(ingresses);
        }
    }

    /// All that a translation depends on.
    ///
    /// @param problems of what could not be read
    private record Input(
            List<ReadIngress> ingresses,
            List<Problem> problems,
            IngressSettings settings,
            Map<String, Map<String, Integer>> ports) {}

    /// @param changed must not block
    IngressSource(KubernetesClient client, KubernetesSource.Observer observer, Runnable changed) {
        this.serialization = client.getKubernetesSerialization();
        this.reader = new ObjectReader<>((_, errors) -> observer.readIngress(errors.isEmpty()));
        this.ingresses =
                Mirror.start(
                        client.network().v1().ingresses().inAnyNamespace(), "ingresses", changed);
        this.classes =
                Mirror.start(client.network().v1().ingressClasses(), "ingressclasses", changed);
    }

    Stream<Mirror<?>> mirrors() {
        return Stream.of(ingresses, classes);
    }

    Served served() {
        return served;
    }

    /// @param mesh null when there is none
    SourceContent gather(@Nullable MeshConfig mesh, Collection<Service> services) {
        var settings = IngressSettings.of(mesh, controllers());
        var ours =
                ingresses.objects().stream()
                        .filter(ingress ->
                                settings.takes(
                                        orEmpty(ingress.getMetadata().getAnnotations()),
                                        className(ingress)))
                        .toList();
        var pass = reader.pass();
        for (var ingress : ours) {
            pass.take(ingress, place -> read(place, ingress));
        }
        pass.end();
        // most clusters have none, and this is done for every change of config
        var ports = ours.isEmpty() ? Map.<String, Map<String, Integer>>of() : ports(services);
        var now = new Input(pass.good(), pass.problems(), settings, ports);
        if (!now.equals(before)) {
            content = translated(now);
            before = now;
        }
        var service = mesh == null ? null : mesh.ingressService();
        served = new Served(ours, service == null || service.isEmpty() ? DEFAULT_SERVICE : service);
        return content;
    }

    private static @Nullable String className(Ingress ingress) {
        return ingress.getSpec() == null ? null : ingress.getSpec().getIngressClassName();
    }

    private Map<String, String> controllers() {
        return classes.objects().stream()
                .collect(
                        Collectors.toUnmodifiableMap(
                                it -> it.getMetadata().getName(),
                                it ->
                                        Optional.ofNullable(it.getSpec())
                                                .map(spec -> spec.getController())
                                                .orElse("")));
    }

    private Reading<ReadIngress> read(String place, Ingress ingress) {
        var named = "Ingress " + place;
        var documents = new ResourceReader().readDocuments(named, serialization.asJson(ingress));
        if (documents.objects().isEmpty()) { // it breaks a limit
            return new Reading<>(null, documents.result().at(named).problems());
        }
        var read = IngressReader.read(documents.objects().getFirst().at(named));
        return new Reading<>(read.ingress(), read.problems());
    }

    private static Map<String, Map<String, Integer>> ports(Collection<Service> services) {
        var ports = new HashMap<String, Map<String, Integer>>();
        for (var service : services) {
            var numbers = new HashMap<String, Integer>();
            for (var port : Optional.ofNullable(service.getSpec().getPorts()).orElse(List.of())) {
                if (port.getName() != null) {
                    numbers.put(port.getName(), port.getPort());
                }
            }
            var metadata = service.getMetadata();
            ports.put(Hosts.resolve(metadata.getName(), metadata.getNamespace()), numbers);
        }
        return ports;
    }

    private SourceContent translated(Input input) {
        var translation =
                IngressTranslator.translate(
                        input.ingresses(),
                        input.settings(),
                        host -> Optional.ofNullable(input.ports().get(host)));
        var problems = new ArrayList<>(input.problems());
        translation.problems().stream()
                .map(Translation.IngressProblem::problem)
                .forEach(problems::add);
        var known =
                content.resources().stream()
                        .collect(
                                Collectors.<ReadResource, ResourceKey, ReadResource>toMap(
                                        read -> read.resource().key(), read -> read));
        var resources = new ArrayList<ReadResource>();
        for (var made : translation.resources()) {
            var found = ResourceChecker.check(made);
            problems.addAll(found);
            if (found.stream().noneMatch(it -> it.severity() == Severity.ERROR)) {
                resources.add(unchanged(known.get(made.resource().key()), made));
            }
        }
        return new SourceContent(Origin.INGRESS, resources, problems);
    }

    /// The one that is known, if it is the same: what is judged once need not be judged again.
    private static ReadResource unchanged(@Nullable ReadResource known, ReadResource made) {
        return known != null
                        && known.resource().equals(made.resource())
                        && known.position().equals(made.position())
                ? known
                : made;
    }

    private static Map<String, String> orEmpty(@Nullable Map<String, String> map) {
        return map == null ? Map.of() : map;
    }
}
