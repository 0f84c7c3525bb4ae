package dev.quartet.galley.kube;

import dev.quartet.config.Kind;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.check.ConfigSetChecker.KnownService;
import dev.quartet.config.mesh.MeshConfig;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.read.ReadResource;
import dev.quartet.galley.source.ConfigFile;
import dev.quartet.galley.source.Origin;
import dev.quartet.galley.source.SourceContent;
import dev.quartet.kube.Mirror;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Follows the custom resources of every kind, the mesh config, the Services and the Ingresses of a cluster. There is no content before
/// every list is complete, so that nobody gets a part of the mesh; while the apiserver is away the last content stays.
/// One virtual thread works until [#close]; [#content] is safe from any thread.
public final class KubernetesSource implements AutoCloseable {
    private final KubernetesSerialization serialization;
    private final Map<Kind, Mirror<GenericKubernetesResource>> resources =
            new EnumMap<>(Kind.class);
    private final Mirror<ConfigMap> meshConfig;
    private final Mirror<Service> services;
    private final ObjectReader<List<ReadResource>> reader;
    private final IngressSource ingresses;
    private final Semaphore changes = new Semaphore(0);
    private volatile List<Taken> taken = List.of();
    private final CompletableFuture<Void> complete = new CompletableFuture<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile Contents contents =
            new Contents(
                    new SourceContent(Origin.KUBERNETES, List.of(), List.of()),
                    new SourceContent(Origin.INGRESS, List.of(), List.of()));
    private volatile @Nullable Thread thread;

    /// An object, as it was when the content was made of it.
    public record Taken(ResourceKey key, GenericKubernetesResource object) {}

    /// Told of each object's version that was read, for metrics.
    public interface Observer {
        /// @param good whether it had no error
        void read(Kind kind, boolean good);

        /// The same of an Ingress of the mesh.
        default void readIngress(boolean good) {}
    }

    /// @param ingresses what the Ingresses are translated to
    private record Contents(SourceContent resources, SourceContent ingresses) {}

    /// Starts to list; returns at once, the apiserver may be away.
    ///
    /// @param namespace where the ConfigMap `istio` is
    public KubernetesSource(KubernetesClient client, String namespace, Observer observer) {
        this.serialization = client.getKubernetesSerialization();
        this.reader =
                new ObjectReader<>((object, errors) ->
                        observer.read(kind(object.getKind()), errors.isEmpty()));
        for (var kind : Kind.values()) {
            if (kind.scope() != Kind.Scope.MESH) {
                resources.put(
                        kind,
                        Mirror.start(
                                client.genericKubernetesResources(ConfigObjects.context(kind))
                                        .inAnyNamespace(),
                                kind.plural(),
                                (before, after) -> !ConfigObjects.saySame(before, after),
                                changes::release));
            }
        }
        this.meshConfig =
                Mirror.start(
                        client.configMaps().inNamespace(namespace).withName(MeshConfigMap.NAME),
                        "mesh config",
                        changes::release);
        this.services =
                Mirror.start(client.services().inAnyNamespace(), "services", changes::release);
        this.ingresses = new IngressSource(client, observer, changes::release);
    }

    /// What [Kind] an object of the mirrored types is; the ConfigMap is the mesh config.
    private static Kind kind(String kind) {
        return Stream.of(Kind.values())
                .filter(it -> it.label().equals(kind))
                .findFirst()
                .orElse(Kind.MESH_CONFIG);
    }

    /// Calls `changed` when the content is complete, and after each change, from one thread.
    public void watch(Runnable changed) {
        thread = Thread.ofVirtual().name("kubernetes-source").start(() -> follow(changed));
    }

    public SourceContent content() {
        return contents.resources();
    }

    /// The Gateways and VirtualServices that the cluster's Ingresses are translated to.
    public SourceContent ingressContent() {
        return contents.ingresses();
    }

    /// The Ingresses that are the mesh's, and the Service whose address they get.
    IngressSource ingresses() {
        return ingresses;
    }

    /// The Service of the cluster, if it is there.
    Optional<Service> service(String namespace, String name) {
        return services.find(namespace, name);
    }

    /// Calls `looked` each time that the cluster was looked at; it must not block.
    void onLook(Runnable looked) {
        listeners.add(looked);
    }

    /// The objects that whoever watches has taken in. What is no config of an object may be newer by now.
    public List<Taken> taken() {
        return taken;
    }

    /// The object as it is now, if there is one.
    public Optional<GenericKubernetesResource> find(ResourceKey resource) {
        return Optional.ofNullable(resources.get(resource.kind()))
                .flatMap(mirror -> mirror.find(resource.namespace(), resource.name()));
    }

    /// Whether the object is marked for deletion and only waits for its finalizers.
    boolean isLeaving(ResourceKey resource) {
        return find(resource)
                .filter(object -> object.getMetadata().getDeletionTimestamp() != null)
                .isPresent();
    }

    /// Done when the first content is there and `changed` has taken it.
    public CompletableFuture<Void> complete() {
        return complete.copy();
    }

    /// For people: how each type stands.
    public Map<String, String> status() {
        return mirrors()
                .collect(
                        Collectors.toMap(
                                Mirror::type,
                                Mirror::status,
                                (one, other) -> one,
                                LinkedHashMap::new));
    }

    private void follow(Runnable changed) {
        try {
            while (true) {
                changes.acquire();
                changes.drainPermits();
                if (!mirrors().allMatch(Mirror::complete)) {
                    continue; // whoever completes the last list tells
                }
                var objects = new ArrayList<Taken>();
                var now = gather(objects);
                if (!now.equals(contents) || !complete.isDone()) {
                    contents = now;
                    changed.run();
                    complete.complete(null);
                }
                taken = List.copyOf(objects);
                listeners.forEach(Runnable::run);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// @param objects takes what was read, in a steady order
    private Contents gather(Collection<Taken> objects) {
        var pass = reader.pass();
        resources.forEach((kind, mirror) -> {
            for (var object : mirror.objects()) {
                pass.take(
                        object,
                        place ->
                                reading(
                                        ConfigFile.readObject(
                                                place, serialization.asJson(object))));
                objects.add(new Taken(key(kind, object), object));
            }
        });
        for (var map : meshConfig.objects()) {
            pass.take(map, place -> reading(MeshConfigMap.read(map, place)));
        }
        pass.end();
        var read = pass.good().stream().flatMap(List::stream).toList();
        var there = services.objects();
        return new Contents(
                new SourceContent(
                        Origin.KUBERNETES,
                        read,
                        pass.problems(),
                        there.stream().map(KubernetesSource::known).toList()),
                ingresses.gather(meshConfig(read), there));
    }

    private static ObjectReader.Reading<List<ReadResource>> reading(ConfigFile file) {
        return new ObjectReader.Reading<>(file.resources(), file.problems());
    }

    private static @Nullable MeshConfig meshConfig(List<ReadResource> resources) {
        return resources.stream()
                .map(read -> read.resource().spec())
                .filter(MeshConfig.class::isInstance)
                .map(MeshConfig.class::cast)
                .findFirst()
                .orElse(null);
    }

    private static ResourceKey key(Kind kind, GenericKubernetesResource object) {
        var namespace = object.getMetadata().getNamespace();
        return new ResourceKey(
                kind, namespace == null ? "" : namespace, object.getMetadata().getName());
    }

    private static KnownService known(Service service) {
        var ports = Optional.ofNullable(service.getSpec().getPorts()).orElse(List.of());
        return new KnownService(
                Hosts.resolve(
                        service.getMetadata().getName(), service.getMetadata().getNamespace()),
                ports.stream().map(ServicePort::getPort).collect(Collectors.toSet()));
    }

    private Stream<Mirror<?>> mirrors() {
        return Stream.of(
                        resources.values().stream(),
                        Stream.of(meshConfig, services),
                        ingresses.mirrors())
                .flatMap(mirrors -> mirrors);
    }

    @Override
    public void close() {
        var running = thread;
        if (running != null) {
            running.interrupt();
        }
        mirrors().forEach(Mirror::close);
    }
}
