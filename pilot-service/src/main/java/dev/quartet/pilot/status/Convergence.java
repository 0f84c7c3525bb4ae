package dev.quartet.pilot.status;

import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.translate.XdsType;
import dev.quartet.pilot.xds.ConnectionStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/// On which of this replica's proxies a revision is in force, and waiting until it is on all.
///
/// Who waits costs no thread. Proxies that move wake one thread, which looks at all of them for all waiters at once, at most every
/// [#PACE]; while nobody waits, a move costs one look at a queue. Thread-safe.
public final class Convergence implements AutoCloseable {
    /// Callers that may wait at one time.
    public static final int MAX_WAITERS = 64;

    static final Duration PACE = Duration.ofMillis(10);

    /// Proxies that are named; the rest is counted.
    private static final int MAX_MISSING = 100;

    /// @param known this Pilot has been given the revision
    /// @param missing proxies that do not have it, the first by namespace and name
    public record State(
            String revision, boolean known, int inForce, int connected, List<Missing> missing) {
        public boolean everywhere() {
            return known && inForce == connected;
        }

        /// As Galley says it.
        public String text() {
            if (!known) {
                return "this Pilot has not been given that revision";
            }
            return connected == 0
                    ? "no proxy is connected"
                    : "in force on %d of %d proxies".formatted(inForce, connected);
        }
    }

    /// @param revisionInForce what it has instead; empty before the first
    /// @param waiting types of which it has not ACKed what was sent
    public record Missing(
            Proxy proxy,
            String revisionInForce,
            Set<XdsType> waiting,
            List<Refusals.Refusal> refusals) {}

    private record Waiter(String revision, CompletableFuture<State> answer) {}

    private final Supplier<List<ConnectionStatus.Progress>> proxies;
    private final ConfigLedger ledger;
    private final Refusals refusals;
    private final ConcurrentLinkedQueue<Waiter> waiters = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicBoolean planned = new AtomicBoolean();
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("pilot-convergence").factory());

    public Convergence(
            Supplier<List<ConnectionStatus.Progress>> proxies,
            ConfigLedger ledger,
            Refusals refusals) {
        this.proxies = proxies;
        this.ledger = ledger;
        this.refusals = refusals;
        ledger.watch(this::moved);
    }

    /// A proxy has come further, come or gone. Never blocks.
    public void moved() {
        if (waiters.isEmpty() || !planned.compareAndSet(false, true)) {
            return;
        }
        plan(PACE);
    }

    private void plan(Duration in) {
        try {
            thread.schedule(this::look, in.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException _) {
            planned.set(false); // closed: close has answered all
        }
    }

    private void look() {
        planned.set(false); // what moves from now on plans another look
        var all = proxies.get();
        for (var waiter : waiters) {
            if (isEverywhere(waiter.revision(), all)) {
                waiter.answer().complete(state(waiter.revision(), all));
            }
        }
    }

    public State state(String revision) {
        return state(revision, proxies.get());
    }

    /// Completes when the revision is in force on all connected proxies, or with how it stands when the time is up. Never blocks.
    ///
    /// @param atMost zero: as it is now
    /// @throws IllegalStateException when [#MAX_WAITERS] wait already
    public CompletableFuture<State> await(String revision, Duration atMost) {
        if (!atMost.isPositive() || isEverywhere(revision, proxies.get())) {
            return CompletableFuture.completedFuture(state(revision));
        }
        if (waiting.incrementAndGet() > MAX_WAITERS) {
            waiting.decrementAndGet();
            throw new IllegalStateException(
                    MAX_WAITERS + " callers wait for revisions of this Pilot already");
        }
        var waiter = new Waiter(revision, new CompletableFuture<>());
        waiters.add(waiter);
        var answer =
                waiter.answer()
                        .completeOnTimeout(null, atMost.toNanos(), TimeUnit.NANOSECONDS)
                        .handle((state, _) -> {
                            waiters.remove(waiter);
                            waiting.decrementAndGet();
                            return state == null ? state(revision) : state;
                        });
        moved(); // it may have come into force before the waiter stood in the queue
        return answer;
    }

    private boolean isEverywhere(String revision, List<ConnectionStatus.Progress> all) {
        return ledger.knows(revision) && all.stream().allMatch(proxy -> isInForce(revision, proxy));
    }

    /// One that refuses something has no revision in force.
    private boolean isInForce(String revision, ConnectionStatus.Progress proxy) {
        return proxy.state() != ConnectionStatus.State.NACKED
                && ledger.has(proxy.revisionInForce(), revision);
    }

    private State state(String revision, List<ConnectionStatus.Progress> all) {
        var known = ledger.knows(revision);
        var lacking = new ArrayList<ConnectionStatus.Progress>();
        for (var proxy : all) {
            if (!isInForce(revision, proxy)) {
                lacking.add(proxy);
            }
        }
        lacking.sort(
                Comparator.comparing((ConnectionStatus.Progress it) -> it.proxy().namespace())
                        .thenComparing(it -> it.proxy().instance()));
        return new State(
                revision,
                known,
                all.size() - lacking.size(),
                all.size(),
                lacking.stream().limit(MAX_MISSING).map(this::missing).toList());
    }

    private Missing missing(ConnectionStatus.Progress proxy) {
        return new Missing(
                proxy.proxy(), proxy.revisionInForce(), proxy.waiting(), refusals.of(proxy));
    }

    /// Answers all who wait.
    @Override
    public void close() {
        thread.shutdownNow();
        for (var waiter : waiters) {
            waiter.answer().complete(state(waiter.revision()));
        }
    }
}
