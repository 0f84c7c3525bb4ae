package dev.quartet.galley.conditions;

import dev.quartet.config.ResourceKey;
import dev.quartet.galley.change.ChangeDesk;
import dev.quartet.galley.kube.KubernetesSource;
import dev.quartet.galley.status.StatusTable;
import dev.quartet.kube.LeaderWork;
import dev.quartet.kube.LeaderWrites;
import dev.quartet.kube.Leadership;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// Keeps the `.status` of a cluster's config objects: condition `Accepted`, condition `InForce`, and the problems. It looks
/// every two seconds, and writes what is another: nothing for a change of other objects, and nothing for a proxy that
/// comes and takes less than [#GRACE]. The leader alone writes, each time on the version that it knows.
///
/// One virtual thread works from the start to [#close].
public final class StatusWriter implements AutoCloseable {
    private static final Duration LOOK = Duration.ofSeconds(2);

    /// How long what was in force may be missing on some proxies before it is told.
    private static final Duration GRACE = Duration.ofSeconds(10);

    /// Told of writes, for metrics.
    public interface Observer {
        void statusWritten();

        /// The apiserver refused it, is away, or a later leader has written; it is tried again.
        void statusNotWritten();
    }

    private final KubernetesClient client;
    private final KubernetesSource source;
    private final ChangeDesk desk;
    private final StatusTable table;
    private final Observer observer;
    private final Clock clock;
    private final LeaderWork work = new LeaderWork("object-status", LOOK, this::look);
    private final Map<ResourceKey, Instant> laggingSince = new HashMap<>();

    private StatusWriter(
            KubernetesClient client,
            KubernetesSource source,
            ChangeDesk desk,
            StatusTable table,
            Observer observer,
            Clock clock) {
        this.client = client;
        this.source = source;
        this.desk = desk;
        this.table = table;
        this.observer = observer;
        this.clock = clock;
    }

    /// Returns at once; the apiserver may be away.
    ///
    /// @param leadership says whether this replica is the one that writes
    public static StatusWriter start(
            KubernetesClient client,
            KubernetesSource source,
            ChangeDesk desk,
            StatusTable table,
            Leadership leadership,
            Observer observer,
            Clock clock) {
        var writer = new StatusWriter(client, source, desk, table, observer, clock);
        writer.work.start(leadership);
        return writer;
    }

    /// @return false: it looks again after the pause
    private boolean look(Leadership.Term term) {
        var objects = source.taken();
        var state = desk.state();
        var verdicts = new Verdicts(state.config(), table.of(state.revision()));
        laggingSince.keySet().removeIf(key -> !verdicts.lags(key));
        var now = clock.instant();
        for (var object : objects) {
            if (source.taken() != objects) {
                return false; // the verdicts may be of other versions than these objects
            }
            write(term, object, verdicts, now);
        }
        return false;
    }

    private void write(
            Leadership.Term term, KubernetesSource.Taken taken, Verdicts verdicts, Instant now) {
        var key = taken.key();
        var current = current(taken);
        if (current.isEmpty()) {
            return; // the next look has another verdict on it
        }
        var object = current.get();
        var before =
                object.getAdditionalProperties().get("status") instanceof Map<?, ?> status
                        ? status
                        : Map.of();
        var generation = Objects.requireNonNullElse(object.getMetadata().getGeneration(), 0L);
        var wanted = verdicts.of(key, generation, before, it -> isLate(it, now));
        if (wanted.isIn(before)) {
            return;
        }
        try {
            if (LeaderWrites.writeStatus(client, term, object, wanted.write(before, now))) {
                observer.statusWritten();
            }
        } catch (RuntimeException failure) {
            observer.statusNotWritten();
            if (!(failure instanceof KubernetesClientException refused) || refused.getCode() == 0) {
                throw failure; // nobody is there, or another leads: so it is for the others
            }
        }
    }

    private boolean isLate(ResourceKey key, Instant now) {
        return !laggingSince.computeIfAbsent(key, it -> now).plus(GRACE).isAfter(now);
    }

    /// The newest version of the object, if it is the config that the verdict is about.
    private Optional<GenericKubernetesResource> current(KubernetesSource.Taken taken) {
        var then = taken.object().getMetadata();
        return source.find(taken.key())
                .filter(it ->
                        Objects.equals(it.getMetadata().getUid(), then.getUid())
                                && Objects.equals(
                                        it.getMetadata().getGeneration(), then.getGeneration()))
                .filter(it -> it.getMetadata().getDeletionTimestamp() == null);
    }

    @Override
    public void close() {
        work.close();
    }
}
