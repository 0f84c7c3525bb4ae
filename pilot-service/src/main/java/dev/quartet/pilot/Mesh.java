package dev.quartet.pilot;

import dev.quartet.config.Problem;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.pilot.ingest.MeshInputs;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.patch.PatchId;
import dev.quartet.pilot.snapshot.MeshSnapshot;
import dev.quartet.pilot.snapshot.SnapshotBuilder;
import dev.quartet.pilot.status.PatchTrial;
import dev.quartet.pilot.translate.Translation;
import dev.quartet.pilot.translate.XdsType;
import dev.quartet.pilot.trial.Current;
import dev.quartet.pilot.xds.AdsServer;
import dev.quartet.pilot.xds.AdsServer.Audience;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The middle of the pipeline: inputs to snapshot to translation to proxies. Called by one thread at a time.
final class Mesh {
    private static final Logger LOGGER = LoggerFactory.getLogger(Mesh.class);

    private final SnapshotBuilder snapshots = new SnapshotBuilder();
    private final AdsServer proxies;
    private final Timer builds;
    private final CompletableFuture<Void> first = new CompletableFuture<>();
    private volatile @Nullable Current current;

    Mesh(AdsServer proxies, MeterRegistry registry) {
        this.proxies = proxies;
        this.builds =
                Timer.builder("pilot_snapshot_build_time")
                        .description("From inputs to a published snapshot")
                        .register(registry);
    }

    void accept(MeshInputs inputs) {
        var started = System.nanoTime();
        var snapshot = snapshots.build(inputs);
        var before = current;
        var next = before == null ? Translation.of(snapshot) : before.translation().next(snapshot);
        current = new Current(inputs, next);
        proxies.publish(
                next::configFor,
                inputs.presences().complete() ? Audience.EVERYONE : Audience.NEWCOMERS);
        first.complete(null);
        builds.record(java.time.Duration.ofNanos(System.nanoTime() - started));
        LOGGER.atDebug().addKeyValue("version", snapshot.revision()).log("Published a snapshot");
    }

    /// Completes with the first snapshot: proxies are served from then on.
    CompletableFuture<Void> ready() {
        return first.copy();
    }

    /// A figure of the current snapshot, zero before the first.
    double count(ToIntFunction<MeshSnapshot> figure) {
        return snapshot().map(figure::applyAsInt).orElse(0);
    }

    /// What could not be made as users asked.
    Collection<Problem> problems() {
        var now = current;
        return now == null ? List.of() : now.translation().problems();
    }

    /// Of which of the users' resources something that a proxy gets is made.
    Collection<ResourceKey> madeFrom(Proxy proxy, XdsType type, String name) {
        var now = current;
        return now == null ? List.of() : now.translation().madeFrom(proxy, type, name);
    }

    /// The config that proxies are given, for who finds out which patches they refuse.
    PatchTrial.Patched patched() {
        return new PatchTrial.Patched() {
            @Override
            public List<PatchId> in(Proxy proxy, XdsType type, String name) {
                var now = current;
                return now == null ? List.of() : now.translation().patchesIn(proxy, type, name);
            }

            @Override
            public @Nullable String version(PatchId patch) {
                return snapshot()
                        .map(it -> it.config().resources().get(patch.filter()))
                        .map(Resource::version)
                        .orElse(null);
            }
        };
    }

    /// Empty before the first.
    Optional<Current> current() {
        return Optional.ofNullable(current);
    }

    Optional<MeshSnapshot> snapshot() {
        return current().map(it -> it.translation().snapshot());
    }
}
