package dev.quartet.galley.cluster;

import dev.quartet.galley.admission.Agreements;
import dev.quartet.galley.batch.BatchBook;
import dev.quartet.galley.change.ChangeDesk;
import dev.quartet.galley.change.ConfigChanges;
import dev.quartet.galley.history.Revisions;
import dev.quartet.galley.kube.KubernetesSource;
import dev.quartet.kube.Leadership;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Duration;

/// All that it takes for REST to change a cluster's config.
public final class ClusterWrites implements AutoCloseable {
    /// A living writer moves the record every few seconds, and waits five for one answer at most.
    private static final Duration ABANDONED = Duration.ofSeconds(15);

    /// Told of changes, for metrics.
    public interface Observer extends ChangeDesk.Observer, BatchObserver {}

    private final ConfigChanges changes;
    private final RevisionSlots slots;
    private final RevisionKeeper keeper;
    private final AbandonedBatches abandoned;

    private ClusterWrites(
            ConfigChanges changes,
            RevisionSlots slots,
            RevisionKeeper keeper,
            AbandonedBatches abandoned) {
        this.changes = changes;
        this.slots = slots;
        this.keeper = keeper;
        this.abandoned = abandoned;
    }

    /// Returns at once; the apiserver may be away.
    ///
    /// @param client one that does not wait for long
    /// @param namespace Galley's own
    /// @param leadership says whether this replica records revisions and takes back what is abandoned
    public static ClusterWrites start(
            KubernetesClient client,
            String namespace,
            BatchBook book,
            KubernetesSource source,
            ChangeDesk desk,
            Leadership leadership,
            Clock clock,
            Observer observer) {
        return start(client, namespace, book, source, desk, leadership, clock, observer, ABANDONED);
    }

    /// @param abandoned how long a record may rest while its writer lives
    static ClusterWrites start(
            KubernetesClient client,
            String namespace,
            BatchBook book,
            KubernetesSource source,
            ChangeDesk desk,
            Leadership leadership,
            Clock clock,
            Observer observer,
            Duration abandoned) {
        var objects = new ClusterObjects(client.getKubernetesSerialization());
        var slots = new RevisionSlots(client, namespace);
        var keeper = new RevisionKeeper(slots, book, leadership, clock);
        desk.follow(keeper::note);
        var undo = new BatchUndo(client, objects, clock);
        var writer = new BatchWriter(client, objects, book, undo, clock, observer);
        return new ClusterWrites(
                new ClusterChanges(desk, source, objects, writer, keeper, observer),
                slots,
                keeper,
                new AbandonedBatches(book, undo, abandoned, leadership, observer));
    }

    public ConfigChanges changes() {
        return changes;
    }

    /// What is recorded now; asks the apiserver.
    public Revisions revisions() {
        return new ClusterRevisions(slots.all(), keeper);
    }

    /// What a webhook lets pass.
    public static Agreements agreements(BatchBook book) {
        return new BatchAgreements(book);
    }

    @Override
    public void close() {
        abandoned.close();
        keeper.close();
    }
}
