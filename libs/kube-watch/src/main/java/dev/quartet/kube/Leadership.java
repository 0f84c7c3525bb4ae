package dev.quartet.kube;

import dev.quartet.kube.LeaderWrites.StaleLeaderException;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfigBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which replica acts where only one may, by a Lease. A replica that loses it stands again. Being leader is a belief
/// that a paused process can hold too long, so whoever acts on it writes by [LeaderWrites]. Thread-safe.
public final class Leadership implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Leadership.class);

    /// How long a leader is believed without a sign of life, how long it tries to give one, and how often.
    public record Timing(Duration lease, Duration renewal, Duration retry) {
        public static final Timing STANDARD =
                new Timing(Duration.ofSeconds(15), Duration.ofSeconds(10), Duration.ofSeconds(2));
    }

    /// One leader's time. A later leader has a higher number.
    public record Term(long number) {}

    private final KubernetesClient client;
    private final String namespace;
    private final String lease;
    private final String replica;
    private final Timing timing;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("leadership").factory());
    private volatile @Nullable Term term;
    private volatile @Nullable CompletableFuture<?> election;
    private volatile boolean closed;

    private Leadership(
            KubernetesClient client,
            String namespace,
            String lease,
            String replica,
            Timing timing) {
        this.client = client;
        this.namespace = namespace;
        this.lease = lease;
        this.replica = replica;
        this.timing = timing;
    }

    /// Stands for election from now on; returns at once.
    ///
    /// @param replica this replica's name, unique among all: the pod's
    public static Leadership start(
            KubernetesClient client,
            String namespace,
            String lease,
            String replica,
            Timing timing) {
        var leadership = new Leadership(client, namespace, lease, replica, timing);
        leadership.thread.execute(leadership::stand);
        return leadership;
    }

    /// @param listener called when leadership is won or lost from now on; must not block
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /// This replica's term, while it is the leader.
    public Optional<Term> term() {
        return Optional.ofNullable(term);
    }

    /// Asks the apiserver whether this replica still leads in this term. Who has read an object before and writes it on the
    /// version that was read cannot undo what a later leader writes: that comes after this answer, and changes the version.
    ///
    /// @throws StaleLeaderException when it does not
    void confirm(Term own) {
        var spec =
                Optional.ofNullable(client.leases().inNamespace(namespace).withName(lease).get())
                        .map(Lease::getSpec);
        long transitions = spec.map(LeaseSpec::getLeaseTransitions).orElse(0);
        if (!replica.equals(spec.map(LeaseSpec::getHolderIdentity).orElse(null))
                || transitions != own.number()) {
            throw new StaleLeaderException("Lease " + namespace + "/" + lease, own, transitions);
        }
    }

    private void stand() {
        if (closed) {
            return;
        }
        try {
            var config =
                    new LeaderElectionConfigBuilder()
                            .withName(lease)
                            .withLock(new LeaseLock(namespace, lease, replica))
                            .withLeaseDuration(timing.lease())
                            .withRenewDeadline(timing.renewal())
                            .withRetryPeriod(timing.retry())
                            .withReleaseOnCancel(true)
                            .withLeaderCallbacks(
                                    new LeaderCallbacks(this::won, this::lost, leader -> {}))
                            .build();
            var running = client.leaderElector().withConfig(config).build().start();
            election = running;
            running.whenComplete((_, _) -> again());
        } catch (RuntimeException e) {
            LOGGER.atWarn()
                    .addKeyValue("name", lease)
                    .addKeyValue("namespace", namespace)
                    .addKeyValue("error", e.getMessage())
                    .log("Cannot stand for leader, tries again");
            again();
        }
    }

    private void again() {
        lost();
        if (!closed) {
            thread.schedule(this::stand, timing.retry().toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void won() {
        var transitions =
                Optional.ofNullable(client.leases().inNamespace(namespace).withName(lease).get())
                        .map(found -> found.getSpec().getLeaseTransitions())
                        .orElse(0);
        term = new Term(transitions);
        LOGGER.atInfo()
                .addKeyValue("name", lease)
                .addKeyValue("namespace", namespace)
                .addKeyValue("version", transitions)
                .log("Became leader");
        listeners.forEach(Runnable::run);
    }

    private void lost() {
        if (term == null) {
            return;
        }
        term = null;
        LOGGER.atInfo()
                .addKeyValue("name", lease)
                .addKeyValue("namespace", namespace)
                .log("Is no longer leader");
        listeners.forEach(Runnable::run);
    }

    /// Gives the lease back, so that another replica need not wait for its end.
    @Override
    public void close() {
        closed = true;
        var running = election;
        if (running != null) {
            running.cancel(true);
        }
        thread.shutdownNow();
        lost();
    }
}
