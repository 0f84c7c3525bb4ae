package dev.quartet.pilot.status;

import dev.quartet.config.Problem;
import dev.quartet.pilot.xds.ConnectionStatus;
import dev.quartet.stream.ConfigReporter;
import dev.quartet.wire.status.ConfigReport;
import dev.quartet.wire.status.ProxyRejection;
import dev.quartet.wire.status.ResourceProgress;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// Tells Galley how far this replica's proxies have come, whenever that changes.
///
/// A proxy counts for a revision when it has ACKed all that the revision changes for it, or when there is nothing; one
/// that refuses something never does. While a revision is on its way, the resources that it changed are listed with
/// their progress. What a proxy refuses is a problem of the resources that it was made of. Looks every [#PACE] while proxies are on their way, else when told and every [#IDLE].
public final class StatusReporter implements AutoCloseable {
    private static final Duration PACE = Duration.ofMillis(50);
    private static final Duration IDLE = Duration.ofSeconds(1);

    /// Within this after something new what was refused is expected to be mended.
    private static final Duration FRESH = Duration.ofSeconds(5);

    private static final int MAX_LISTED = 1_000;

    private final String replica;
    private final Supplier<List<ConnectionStatus.Progress>> proxies;
    private final ConfigLedger ledger;
    private final Refusals refusals;
    private final Supplier<Collection<Problem>> problems;
    private final Consumer<ConfigReport> galley;
    private final Thread thread;
    private volatile long wokenNanos = System.nanoTime();
    private volatile boolean woken;
    private volatile boolean closed;

    /// @param problems of the config that proxies are given
    public StatusReporter(
            String replica,
            Supplier<List<ConnectionStatus.Progress>> proxies,
            ConfigLedger ledger,
            Refusals refusals,
            Supplier<Collection<Problem>> problems,
            Consumer<ConfigReport> galley) {
        this.replica = replica;
        this.proxies = proxies;
        this.ledger = ledger;
        this.refusals = refusals;
        this.problems = problems;
        this.galley = galley;
        this.thread = Thread.ofPlatform().daemon().name("pilot-status").start(this::run);
    }

    /// There is something new to tell.
    public void wake() {
        wokenNanos = System.nanoTime();
        woken = true;
        LockSupport.unpark(thread);
    }

    private void run() {
        while (!closed) {
            woken = false;
            var behind = report();
            if (!woken) {
                LockSupport.parkNanos(this, (behind ? PACE : IDLE).toNanos());
            }
        }
    }

    /// @return whether more is to come soon: what is refused may stay so for long
    private boolean report() {
        var now = ledger.newest();
        if (now == null) {
            return false;
        }
        var revision = now.revision();
        var connected = proxies.get();
        var inForce = 0;
        var report =
                ConfigReport.newBuilder()
                        .setComponent("pilot")
                        .setReplica(replica)
                        .setRevision(revision);
        var moving = 0;
        for (var proxy : connected) {
            if (proxy.state() == ConnectionStatus.State.NACKED) {
                moving += proxy.waiting().isEmpty() ? 0 : 1;
            } else if (proxy.revisionInForce().equals(revision)) {
                inForce++;
            } else {
                moving++;
            }
            if (report.getRejectionsCount() >= MAX_LISTED) {
                continue;
            }
            proxy.errors()
                    .forEach((type, error) ->
                            report.addRejections(
                                    ProxyRejection.newBuilder()
                                            .setProxy(proxy.proxy().instance())
                                            .setType(type.label())
                                            .setError(error)));
        }
        Stream.concat(problems.get().stream(), refusals.problems(connected).stream())
                .sorted(Comparator.comparing(Problem::toString))
                .limit(MAX_LISTED)
                .forEach(problem -> report.addProblems(ConfigReporter.reported(problem)));
        report.setProxiesConnected(connected.size()).setProxiesInForce(inForce);
        if (inForce < connected.size()) {
            for (var key : now.changed().subList(0, Math.min(MAX_LISTED, now.changed().size()))) {
                report.addLagging(
                        ResourceProgress.newBuilder()
                                .setKind(key.kind().label())
                                .setNamespace(key.namespace())
                                .setName(key.name())
                                .setInForce(inForce)
                                .setConnected(connected.size()));
            }
        }
        galley.accept(report.build());
        return moving > 0
                || inForce < connected.size() && System.nanoTime() - wokenNanos < FRESH.toNanos();
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
