package dev.quartet.galley.cluster;

import dev.quartet.config.ResourceKey;
import dev.quartet.galley.batch.Batch;
import dev.quartet.galley.batch.Batch.Landmark;
import dev.quartet.galley.batch.Batch.Member;
import dev.quartet.galley.kube.ConfigObjects;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Takes back what of a batch is written, in the other order. What somebody else has written since stays as it is. Can be
/// done again. Thread-safe; blocks for the apiserver.
final class BatchUndo {
    private static final int NOT_FOUND = 404;
    private static final int CONFLICT = 409;

    private final KubernetesClient client;
    private final ClusterObjects objects;
    private final Clock clock;

    /// @param landmarks of what was written for it
    /// @param left what the apiserver does not take back, with its words
    record Undone(List<Landmark> landmarks, List<String> left) {}

    BatchUndo(KubernetesClient client, ClusterObjects objects, Clock clock) {
        this.client = client;
        this.objects = objects;
        this.clock = clock;
    }

    /// @throws KubernetesClientException when the apiserver does not answer
    Undone undo(Batch batch) {
        var landmarks = new ArrayList<Landmark>();
        var left = new ArrayList<String>();
        for (var member : batch.members().reversed()) {
            try {
                undo(batch, member).ifPresent(landmarks::add);
            } catch (KubernetesClientException e) {
                if (e.getCode() < 400 || e.getCode() >= 500) {
                    throw e;
                }
                if (e.getCode() != CONFLICT && e.getCode() != NOT_FOUND) {
                    left.add(member.key() + ": " + e.getMessage());
                } // else it is somebody else's by now
            }
        }
        return new Undone(landmarks, left);
    }

    private Optional<Landmark> undo(Batch batch, Member member) {
        var before = member.before();
        var now = ConfigObjects.at(client, member.key()).get();
        if (now == null) {
            return before != null && member.after() == null
                    ? Optional.of(
                            wrote(
                                    member.key(),
                                    client.resource(ClusterObjects.anew(objects.object(before)))
                                            .create()))
                    : Optional.empty();
        }
        if (member.after() == null
                || !ClusterObjects.isMarked(now, batch.id())
                || !objects.saySame(now, objects.object(member.after()))) {
            return Optional.empty();
        }
        var version = ClusterObjects.version(now);
        if (before != null) {
            return Optional.of(
                    wrote(
                            member.key(),
                            client.resource(ClusterObjects.over(objects.object(before), version))
                                    .update()));
        }
        client.resource(now).lockResourceVersion(version).delete();
        return Optional.of(
                new Landmark(member.key(), version, now.getMetadata().getUid(), clock.instant()));
    }

    private Landmark wrote(ResourceKey key, GenericKubernetesResource stored) {
        return new Landmark(key, ClusterObjects.version(stored), null, clock.instant());
    }
}
