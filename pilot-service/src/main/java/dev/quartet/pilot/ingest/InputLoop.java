package dev.quartet.pilot.ingest;

import dev.quartet.pilot.patch.PatchId;
import dev.quartet.stream.ConfigListener;
import dev.quartet.stream.ConfigSnapshot;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hands inputs on, one at a time: the first event of a burst at once, those that follow within [#SPACING] together.
/// Nothing goes on before the first config and the whole registry are there, so that no proxy ever gets an empty mesh.
/// [#onSnapshot] and [#changed] may be called from any thread and never block.
public final class InputLoop implements ConfigListener, AutoCloseable {
    static final Duration SPACING = Duration.ofMillis(50);
    private static final Logger LOGGER = LoggerFactory.getLogger(InputLoop.class);

    private final Consumer<MeshInputs> next;
    private final Supplier<Presences> presences;
    private final RegistrySource registry;
    private final Function<ConfigSnapshot, IssuerAddresses> issuers;
    private final Supplier<Map<PatchId, String>> leftOut;
    private final Thread thread;
    private volatile @Nullable ConfigSnapshot config;
    private volatile boolean dirty;
    private volatile boolean closed;

    public InputLoop(
            Supplier<Presences> presences, RegistrySource registry, Consumer<MeshInputs> next) {
        this(presences, registry, _ -> IssuerAddresses.NONE, Map::of, next);
    }

    /// @param issuers where the hosts are that a config names for issuers' keys
    /// @param leftOut patches that proxies refuse
    public InputLoop(
            Supplier<Presences> presences,
            RegistrySource registry,
            Function<ConfigSnapshot, IssuerAddresses> issuers,
            Supplier<Map<PatchId, String>> leftOut,
            Consumer<MeshInputs> next) {
        this.presences = presences;
        this.registry = registry;
        this.issuers = issuers;
        this.leftOut = leftOut;
        this.next = next;
        this.thread = Thread.ofPlatform().daemon().name("pilot-inputs").start(this::run);
    }

    @Override
    public void onSnapshot(ConfigSnapshot snapshot) {
        config = snapshot;
        wake();
    }

    /// Workloads, the registry or issuers' addresses have changed.
    public void changed() {
        wake();
    }

    private void wake() {
        dirty = true;
        LockSupport.unpark(thread);
    }

    private void run() {
        while (!closed) {
            if (!dirty || config == null) {
                LockSupport.park(this);
                continue;
            }
            dirty = false; // before the inputs are read: what comes from now on makes it true again
            var newest = Objects.requireNonNull(config, "it never becomes null again");
            var known = registry.registry();
            if (known.isEmpty()) {
                continue; // its first whole list wakes this loop
            }
            try {
                next.accept(
                        new MeshInputs(
                                newest,
                                presences.get(),
                                known.get(),
                                issuers.apply(newest),
                                leftOut.get()));
            } catch (RuntimeException e) {
                LOGGER.atError()
                        .addKeyValue("version", newest.revision())
                        .setCause(e)
                        .log(
                                "Cannot work with a config revision, the last good one stays in force");
            }
            pause();
        }
    }

    private void pause() {
        var until = System.nanoTime() + SPACING.toNanos();
        for (var left = SPACING.toNanos(); left > 0 && !closed; left = until - System.nanoTime()) {
            LockSupport.parkNanos(this, left);
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
