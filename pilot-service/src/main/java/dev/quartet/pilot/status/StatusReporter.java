package dev.quartet.pilot.status;

import dev.quartet.config.Problem;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.pilot.xds.ConnectionStatus;
import dev.quartet.stream.ConfigReporter;
import dev.quartet.stream.ConfigSnapshot;
import dev.quartet.wire.status.ConfigReport;
import dev.quartet.wire.status.ProxyRejection;
import dev.quartet.wire.status.ResourceProgress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Tells Galley how far this replica's proxies have come, whenever that changes.
///
/// A proxy counts for a revision when it has ACKed all that the revision changes for it, or when there is nothing; one
/// that refuses something never does. While a revision is on its way, the resources that it changed are listed with
/// their progress. Looks every [#PACE] while proxies are behind, else when told.
public final class StatusReporter implements AutoCloseable {
    private static final Duration PACE = Duration.ofMillis(50);
    private static final Duration IDLE = Duration.ofSeconds(1);
    private static final int MAX_LISTED = 1_000;

    private final String replica;
    private final Supplier<List<ConnectionStatus.Progress>> proxies;
    private final Supplier<Collection<Problem>> problems;
    private final Consumer<ConfigReport> galley;
    private final Thread thread;
    private volatile @Nullable Published published;
    private volatile boolean woken;
    private volatile boolean closed;

    /// The config that is given to proxies, and what it changed.
    private record Published(ConfigSnapshot config, List<ResourceKey> changed) {}

    /// @param problems of the config that proxies are given
    public StatusReporter(
            String replica,
            Supplier<List<ConnectionStatus.Progress>> proxies,
            Supplier<Collection<Problem>> problems,
            Consumer<ConfigReport> galley) {
        this.replica = replica;
        this.proxies = proxies;
        this.problems = problems;
        this.galley = galley;
        this.thread = Thread.ofPlatform().daemon().name("pilot-status").start(this::run);
    }

    /// `config` is given to proxies from now on.
    public void published(ConfigSnapshot config) {
        var before = published;
        if (before == null || !before.config().revision().equals(config.revision())) {
            var known =
                    before == null
                            ? Map.<ResourceKey, Resource<?>>of()
                            : before.config().resources();
            published =
                    new Published(
                            config,
                            before == null ? List.of() : changed(known, config.resources()));
        }
        woken = true;
        LockSupport.unpark(thread);
    }

    private static List<ResourceKey> changed(
            Map<ResourceKey, Resource<?>> before, Map<ResourceKey, Resource<?>> after) {
        var changed = new ArrayList<ResourceKey>();
        after.forEach((key, resource) -> {
            var old = before.get(key);
            if (old == null || !old.version().equals(resource.version())) {
                changed.add(key);
            }
        });
        before.keySet().stream().filter(key -> !after.containsKey(key)).forEach(changed::add);
        return changed;
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

    /// @return whether some proxy is not there yet
    private boolean report() {
        var now = published;
        if (now == null) {
            return false;
        }
        var revision = now.config().revision();
        var connected = proxies.get();
        var inForce = 0;
        var report =
                ConfigReport.newBuilder()
                        .setComponent("pilot")
                        .setReplica(replica)
                        .setRevision(revision);
        for (var proxy : connected) {
            if (proxy.revisionInForce().equals(revision)
                    && proxy.state() != ConnectionStatus.State.NACKED) {
                inForce++;
            }
            proxy.errors()
                    .forEach((type, error) ->
                            report.addRejections(
                                    ProxyRejection.newBuilder()
                                            .setProxy(proxy.proxy().instance())
                                            .setType(type.label())
                                            .setError(error)));
        }
        problems.get().stream()
                .sorted(Comparator.comparing(Problem::toString))
                .limit(MAX_LISTED)
                .forEach(problem -> report.addProblems(ConfigReporter.reported(problem)));
        report.setProxiesConnected(connected.size()).setProxiesInForce(inForce);
        var behind = inForce < connected.size();
        if (behind) {
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
        return behind;
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
