package dev.quartet.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The objects of one type, as the apiserver has them: listed once, then watched. When the watch breaks (a lost
/// connection, a compacted history, a type that is not there yet) it lists again, forever, with back-off; until then the
/// last objects stay. Thread-safe; [#objects] and [#find] read memory only.
///
/// @param <T> a type of the model, or `GenericKubernetesResource`
public final class Mirror<T extends HasMetadata> implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Mirror.class);
    private static final Comparator<HasMetadata> BY_NAME =
            Comparator.<HasMetadata, String>comparing(Mirror::namespace)
                    .thenComparing(object -> object.getMetadata().getName());

    private final SharedIndexInformer<T> informer;
    private final String type;
    private final AtomicBoolean failed;

    private Mirror(SharedIndexInformer<T> informer, String type, AtomicBoolean failed) {
        this.informer = informer;
        this.type = type;
        this.failed = failed;
    }

    /// Returns at once; the apiserver may be away.
    ///
    /// @param resources what is mirrored, say `client.services().inAnyNamespace()`
    /// @param type its name for people: "services"
    /// @param changed called after each change, and once [#complete] is true; on one of the client's threads, must not
    ///     block
    public static <T extends HasMetadata> Mirror<T> start(
            Informable<T> resources, String type, Runnable changed) {
        return start(resources, type, (before, after) -> true, changed);
    }

    /// @param matters whether `changed` is called for the change from one version of an object to another; [#objects] has
    ///     the newest either way
    public static <T extends HasMetadata> Mirror<T> start(
            Informable<T> resources,
            String type,
            BiPredicate<? super T, ? super T> matters,
            Runnable changed) {
        var informer = resources.runnableInformer(0);
        var failed = new AtomicBoolean();
        informer.exceptionHandler((started, error) -> {
            if (!failed.getAndSet(true)) {
                changed.run();
            }
            LOGGER.atWarn()
                    .addKeyValue("type", type)
                    .addKeyValue("error", rootMessage(error))
                    .log("Watch of Kubernetes objects broke, lists again");
            return true; // try for as long as it takes
        });
        informer.addEventHandler(
                new ResourceEventHandler<T>() {
                    @Override
                    public void onAdd(T object) {
                        changed.run();
                    }

                    @Override
                    public void onUpdate(T before, T after) {
                        if (!sameVersion(before, after) && matters.test(before, after)) {
                            changed.run();
                        }
                    }

                    @Override
                    public void onDelete(T object, boolean deletedFinalStateUnknown) {
                        changed.run();
                    }
                });
        // the objects of the first list are told before it counts as complete, so its end is told
        // too
        var _ = informer.start().thenRun(changed);
        return new Mirror<>(informer, type, failed);
    }

    private static boolean sameVersion(HasMetadata before, HasMetadata after) {
        var version = after.getMetadata().getResourceVersion();
        return version != null && version.equals(before.getMetadata().getResourceVersion());
    }

    private static String rootMessage(Throwable error) {
        var root = error;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        return String.valueOf(
                root.getMessage() == null ? root.getClass().getName() : root.getMessage());
    }

    private static String namespace(HasMetadata object) {
        var namespace = object.getMetadata().getNamespace();
        return namespace == null ? "" : namespace;
    }

    /// All of them by namespace and name; empty before the first list.
    public List<T> objects() {
        return informer.getStore().list().stream().sorted(BY_NAME).toList();
    }

    /// @param namespace empty for what belongs to none
    public Optional<T> find(String namespace, String name) {
        return Optional.ofNullable(
                informer.getStore().getByKey(Cache.namespaceKeyFunc(namespace, name)));
    }

    /// The first list is there: what is missing in [#objects] does not exist.
    public boolean complete() {
        return informer.hasSynced();
    }

    /// Whether the apiserver has refused a list or broken a watch, now or before: who can do without need not wait.
    public boolean hasFailed() {
        return failed.get();
    }

    /// Whether what was written under this version is among what has come in. Versions of one type grow: so the apiserver's
    /// etcd has always had it, and Kubernetes promises it since KEP-5504.
    public boolean hasSeen(String version) {
        var seen = number(informer.lastSyncResourceVersion());
        var wanted = number(version);
        return seen.isPresent() && wanted.isPresent() && seen.getAsLong() >= wanted.getAsLong();
    }

    private static OptionalLong number(@Nullable String version) {
        try {
            return version == null
                    ? OptionalLong.empty()
                    : OptionalLong.of(Long.parseLong(version));
        } catch (NumberFormatException _) {
            return OptionalLong.empty();
        }
    }

    /// Changes come in; false while the connection is lost and [#objects] grows old.
    public boolean watching() {
        return informer.isWatching();
    }

    /// For people: how it stands.
    public String status() {
        if (!complete()) {
            return "waiting for the first list";
        }
        return informer.getStore().listKeys().size()
                + (watching() ? ", watching" : ", connection lost, trying again");
    }

    /// The name for people that it was started with.
    public String type() {
        return type;
    }

    @Override
    public void close() {
        informer.stop();
    }
}
