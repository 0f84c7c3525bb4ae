package dev.quartet.galley.kube;

import dev.quartet.config.Kind;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.check.ConfigSetChecker.KnownService;
import dev.quartet.config.mesh.MeshConfig;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.read.ReadResource;
import dev.quartet.galley.batch.Barrier;
import dev.quartet.galley.batch.Batch;
import dev.quartet.galley.batch.BatchBook;
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
import java.time.Duration;
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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Follows the custom resources of every kind, the mesh config, the Services and the Ingresses of a cluster. There is no content before
/// every list is complete, so that nobody gets a part of the mesh; while the apiserver is away the last content stays.
/// One virtual thread works until [#close]; [#content] is safe from any thread.
public final class KubernetesSource implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(KubernetesSource.class);
    private static final Duration AGAIN = Duration.ofSeconds(1);

    private final KubernetesSerialization serialization;
    private final Map<Kind, Mirror<GenericKubernetesResource>> resources =
            new EnumMap<>(Kind.class);
    private final Mirror<ConfigMap> meshConfig;
    private final Mirror<Service> services;
    private final ObjectReader<List<ReadResource>> reader;
    private final IngressSource ingresses;
    private final Barrier barrier;
    private final Semaphore changes = new Semaphore(0);
    private final ReentrantLock looking = new ReentrantLock();
    private final Condition looked = looking.newCondition();
    private volatile long takenBatch;
    private boolean told;
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
    /// @param book of the cluster's batches
    public KubernetesSource(
            KubernetesClient client, String namespace, BatchBook book, Observer observer) {
        this.barrier = new Barrier(book, System::nanoTime);
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

    /// Calls `changed` when the content is complete, and after each change, from one thread. Its argument is the batch that
    /// the change is of, if it is of one.
    public void watch(Consumer<Optional<Batch>> changed) {
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

    private void follow(Consumer<Optional<Batch>> changed) {
        var pause = Optional.<Duration>empty();
        while (true) {
            try {
                if (pause.isPresent()) {
                    var _ = changes.tryAcquire(pause.get().toNanos(), TimeUnit.NANOSECONDS);
                } else {
                    changes.acquire();
                }
                changes.drainPermits();
                pause = look(changed);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (RuntimeException e) {
                LOGGER.atError().setCause(e).log("Change of the cluster can't be taken in yet");
                pause = Optional.of(AGAIN);
            }
        }
    }

    /// @return when to look again though nothing changes, if at all
    private Optional<Duration> look(Consumer<Optional<Batch>> changed) {
        if (!mirrors().allMatch(Mirror::complete)) {
            return Optional.empty(); // whoever completes the last list tells
        }
        var wait = barrier.inTheWay(this::hasSeen);
        if (wait.isPresent()) {
            return wait;
        }
        var objects = new ArrayList<Taken>();
        var pass = reader.pass();
        var now = gather(pass, objects);
        if (!barrier.stillOpenTo()) {
            return Optional.of(Duration.ZERO);
        }
        pass.end();
        var batch = barrier.last().filter(it -> it.number() > takenBatch);
        if (!now.equals(contents) || !told) {
            contents = now;
            told = false;
            changed.accept(batch.filter(it -> it.state() == Batch.State.DONE));
            told = true;
            complete.complete(null);
        }
        looking.lock();
        try {
            taken = List.copyOf(objects);
            takenBatch = barrier.last().map(Batch::number).orElse(0L);
            looked.signalAll();
        } finally {
            looking.unlock();
        }
        listeners.forEach(Runnable::run);
        return Optional.empty();
    }

    private boolean hasSeen(Batch.Landmark landmark) {
        var mirror = resources.get(landmark.key().kind());
        return mirror == null
                || mirror.hasSeen(landmark.version())
                        && (landmark.gone() == null || !isThere(landmark.key(), landmark.gone()));
    }

    private boolean isThere(ResourceKey key, String uid) {
        return find(key).filter(it -> it.getMetadata().getUid().equals(uid)).isPresent();
    }

    /// Looks at the cluster though nothing has come in.
    public void wake() {
        changes.release();
    }

    /// Waits until a batch and all before it are taken in. One that is undone counts too: then nothing of it is.
    ///
    /// @return false when the time is up
    public boolean awaitBatch(long number, Duration limit) throws InterruptedException {
        wake();
        return await(() -> takenBatch >= number, limit);
    }

    /// Waits until the cluster was looked at and something is so.
    ///
    /// @return false when the time is up
    public boolean await(BooleanSupplier condition, Duration limit) throws InterruptedException {
        var left = limit.toNanos();
        looking.lockInterruptibly();
        try {
            while (!condition.getAsBoolean()) {
                if (left <= 0) {
                    return false;
                }
                left = looked.awaitNanos(left);
            }
            return true;
        } finally {
            looking.unlock();
        }
    }

    /// @param objects takes what was read, in a steady order
    private Contents gather(ObjectReader<List<ReadResource>>.Pass pass, Collection<Taken> objects) {
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
