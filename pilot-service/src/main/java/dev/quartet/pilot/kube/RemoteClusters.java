package dev.quartet.pilot.kube;

import dev.quartet.kube.Mirror;
import dev.quartet.pilot.ingest.Registry;
import dev.quartet.pilot.kube.ClusterMetrics.State;
import dev.quartet.pilot.registry.Member;
import dev.quartet.pilot.registry.RegistryFamily;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The mesh's other clusters, as Secrets name them: label `istio/multiCluster: "true"`, each entry a cluster's name and
/// its kubeconfig. Each is a registry `kubernetes/<cluster>`.
///
/// A kubeconfig that cannot be used is told and stops nobody: the cluster keeps the one before, if there was one. With a new
/// kubeconfig the old connection counts until the new one has listed all. Who is not known [#WAIT] after it was named is
/// not waited for. A cluster that no Secret names any more is gone at once. Thread-safe.
/// After Istio 1.4, `pkg/kube/secretcontroller`.
public final class RemoteClusters implements RegistryFamily, AutoCloseable {
    /// As long Pilot's start waits for a cluster.
    static final Duration WAIT = Duration.ofSeconds(30);

    private static final String LABEL = "istio/multiCluster";
    private static final Logger LOGGER = LoggerFactory.getLogger(RemoteClusters.class);

    /// An entry of a Secret.
    ///
    /// @param kubeconfig a secret
    private record Entry(String secret, String kubeconfig) {
        @Override
        public String toString() {
            return secret;
        }
    }

    private final Clock clock;
    private final Runnable changed;
    private final ClusterMetrics metrics;
    private final Instant started;
    private final ScheduledThreadPoolExecutor thread;
    private final Mirror<Secret> secrets;
    private final SortedMap<String, RemoteCluster> clusters = new TreeMap<>(); // the thread's
    private volatile Map<String, RemoteCluster> current = Map.of();
    private volatile boolean read;

    /// @param changed called after each change; must not block
    public RemoteClusters(
            KubernetesClient client,
            RemoteClusterSettings settings,
            Clock clock,
            ClusterMetrics metrics,
            Runnable changed) {
        this.clock = clock;
        this.changed = changed;
        this.metrics = metrics;
        this.started = clock.instant();
        this.thread =
                new ScheduledThreadPoolExecutor(
                        1, Thread.ofPlatform().daemon().name("pilot-clusters").factory());
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        this.secrets =
                Mirror.start(
                        client.secrets().inNamespace(settings.namespace()).withLabel(LABEL, "true"),
                        "secrets of remote clusters",
                        this::secretsChanged);
        wakeAfterWait();
    }

    private void wakeAfterWait() {
        thread.schedule(changed, WAIT.toMillis() + 1, TimeUnit.MILLISECONDS);
    }

    private void secretsChanged() {
        try {
            thread.execute(this::follow);
        } catch (RejectedExecutionException _) {
            // it is closed
        }
    }

    private void follow() {
        if (!secrets.complete()) {
            return;
        }
        var named = named(secrets.objects());
        for (var gone : clusters.keySet().stream().filter(it -> !named.containsKey(it)).toList()) {
            close(clusters.remove(gone));
            LOGGER.atInfo().addKeyValue("name", gone).log("Remote cluster is gone");
        }
        named.forEach((name, entry) -> {
            var cluster =
                    clusters.computeIfAbsent(name, _ -> new RemoteCluster(name, clock.instant()));
            if (!entry.kubeconfig().equals(cluster.kubeconfig)) {
                connect(cluster, entry);
            }
        });
        current = Map.copyOf(clusters);
        read = true;
        settle();
        changed.run();
    }

    /// Of two Secrets that name a cluster the first by name has it.
    private static SortedMap<String, Entry> named(List<Secret> secrets) {
        var named = new TreeMap<String, Entry>();
        for (var secret : secrets) {
            var data = secret.getData();
            if (data == null) {
                continue;
            }
            data.forEach((cluster, kubeconfig) -> {
                var name = secret.getMetadata().getName();
                var entry = new Entry(name, decoded(kubeconfig));
                var first = named.putIfAbsent(cluster, entry);
                if (first != null) {
                    LOGGER.atWarn()
                            .addKeyValue("name", cluster)
                            .addKeyValue("secret", name)
                            .addKeyValue("other", first.secret())
                            .log("Two Secrets name a remote cluster, the first by name has it");
                }
            });
        }
        return named;
    }

    private static String decoded(String base64) {
        return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    }

    private void connect(RemoteCluster cluster, Entry entry) {
        cluster.kubeconfig = entry.kubeconfig();
        try {
            var client =
                    new KubernetesClientBuilder()
                            .withConfig(Kubeconfig.read(entry.kubeconfig()))
                            .build();
            cluster.fault = null;
            cluster.replace(
                    new Connection(
                            client,
                            new KubeRegistry(
                                    "kubernetes/" + cluster.name, client, this::registryChanged)));
            cluster.since = clock.instant();
            wakeAfterWait();
            LOGGER.atInfo()
                    .addKeyValue("name", cluster.name)
                    .addKeyValue("secret", entry.secret())
                    .log("Follows a remote cluster");
        } catch (Kubeconfig.Refused | RuntimeException e) {
            cluster.fault =
                    e instanceof Kubeconfig.Refused
                            ? e.getMessage()
                            : "no client can be made of it; look at its certificates";
            LOGGER.atWarn()
                    .addKeyValue("name", cluster.name)
                    .addKeyValue("secret", entry.secret())
                    .addKeyValue("error", cluster.fault)
                    .log(
                            "Kubeconfig of a remote cluster cannot be used, the cluster is left as it was");
        }
    }

    private void registryChanged() {
        changed.run();
        if (current.values().stream().anyMatch(it -> it.isReplaced() || !it.counted)) {
            try {
                thread.execute(this::settle);
            } catch (RejectedExecutionException _) {
                // it is closed
            }
        }
    }

    /// Closes connections that newer ones have replaced, and counts.
    private void settle() {
        for (var cluster : clusters.values()) {
            cluster.settle();
            cluster.counted = cluster.state() != State.WAITING;
        }
        metrics.show(
                clusters.values().stream()
                        .collect(
                                Collectors.groupingBy(
                                        RemoteCluster::state, Collectors.counting())));
    }

    @Override
    public List<Member> members() {
        if (!read) {
            return List.of(
                    new Member(
                            "remote clusters",
                            () -> isLate(started) ? Optional.of(Registry.EMPTY) : Optional.empty(),
                            () -> Optional.of(secrets.status())));
        }
        return new TreeMap<>(current)
                .values().stream()
                        .filter(RemoteCluster::hasConnection)
                        .map(cluster ->
                                new Member(
                                        "kubernetes/" + cluster.name,
                                        () -> registry(cluster),
                                        cluster::trouble))
                        .toList();
    }

    private Optional<Registry> registry(RemoteCluster cluster) {
        var known = cluster.registry();
        return known.isEmpty() && isLate(cluster.since)
                ? Optional.of(Registry.EMPTY)
                : known.map(ClusterLocal::without);
    }

    private boolean isLate(Instant since) {
        return clock.instant().isAfter(since.plus(WAIT));
    }

    /// For people: how each cluster stands.
    public Map<String, Object> status() {
        var status = new TreeMap<String, Object>();
        current.forEach((name, cluster) -> status.put(name, cluster.status()));
        return status;
    }

    @Override
    public void close() {
        secrets.close();
        thread.shutdownNow();
        current.values().forEach(RemoteClusters::close);
    }

    private static void close(@Nullable RemoteCluster cluster) {
        if (cluster != null) {
            cluster.close();
        }
    }

    /// What is made of one kubeconfig.
    record Connection(KubernetesClient client, KubeRegistry registry) implements AutoCloseable {
        @Override
        public void close() {
            registry.close();
            client.close();
        }
    }
}
