package dev.quartet.galley.cluster;

import dev.quartet.config.ResourceKey;
import dev.quartet.galley.batch.Batch;
import dev.quartet.galley.batch.Batch.Landmark;
import dev.quartet.galley.batch.Batch.Member;
import dev.quartet.galley.batch.Batch.State;
import dev.quartet.galley.batch.BatchBook;
import dev.quartet.galley.batch.BatchBook.Entry;
import dev.quartet.galley.batch.BatchBook.ForbiddenException;
import dev.quartet.galley.batch.BatchBook.OvertakenException;
import dev.quartet.galley.batch.BatchBook.TooLargeException;
import dev.quartet.galley.change.Outcome;
import dev.quartet.galley.history.Cause;
import dev.quartet.galley.kube.ConfigObjects;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/// Writes some objects to the apiserver, all or none. What it does is in the record before it does it: tried without
/// effect first, then written one by one, and taken back when one is refused. Whoever ends in between leaves an open record, which the
/// leader undoes ([AbandonedBatches]). Thread-safe; blocks for the apiserver.
final class BatchWriter {
    private static final Logger LOGGER = LoggerFactory.getLogger(BatchWriter.class);

    /// A writer shows that it lives this often; with the longest wait for one answer this is well below what the leader waits.
    private static final Duration BEAT = Duration.ofSeconds(3);

    private static final Duration FOR_OTHERS = Duration.ofSeconds(5);
    private static final long POLL_MILLIS = 50;
    private static final int CONFLICT = 409;
    private static final int NOT_FOUND = 404;

    /// What became of it.
    sealed interface Written {
        record Done(Batch batch) implements Written {}

        /// An object is another one than the change was made for.
        record Outdated(ResourceKey key) implements Written {}

        /// @param key null: it is not about one of them
        record Refused(@Nullable ResourceKey key, String text) implements Written {}

        record Busy(Batch other) implements Written {}

        record Away(String text) implements Written {}

        /// Nothing was tried, for this reason.
        record Called(Outcome off) implements Written {}
    }

    /// A change that is still to be worked out.
    interface Wish {
        /// Waits until all batches up to this one are taken in here: while one is open, nothing is.
        void await(long last) throws InterruptedException;

        /// Works it out by what is in force now.
        ///
        /// @throws CalledOffException when there is nothing to be written
        List<Member> members() throws CalledOffException;
    }

    /// Why nothing is written.
    static final class CalledOffException extends Exception {
        private static final long serialVersionUID = 1;
        private final transient Written why;

        CalledOffException(Written why) {
            this.why = why;
        }

        Written why() {
            return why;
        }
    }

    private final KubernetesClient client;
    private final ClusterObjects objects;
    private final BatchBook book;
    private final BatchUndo undo;
    private final Clock clock;
    private final BatchObserver observer;

    /// @param client one that does not wait for long
    BatchWriter(
            KubernetesClient client,
            ClusterObjects objects,
            BatchBook book,
            BatchUndo undo,
            Clock clock,
            BatchObserver observer) {
        this.client = client;
        this.objects = objects;
        this.book = book;
        this.undo = undo;
        this.clock = clock;
        this.observer = observer;
    }

    private interface Rewrite {
        Entry of(Entry last) throws OvertakenException;
    }

    /// A member that could not be written.
    private static final class StopException extends Exception {
        private static final long serialVersionUID = 1;
        private final transient Written why;

        StopException(Written why) {
            this.why = why;
        }
    }

    Written write(Cause cause, Wish wish) throws InterruptedException {
        Entry open;
        try {
            var until = clock.instant().plus(FOR_OTHERS);
            while (true) {
                var found = book.read().orElse(null);
                if (found == null || !found.batch().isOpen()) {
                    wish.await(found == null ? 0 : found.batch().number());
                    try {
                        open = book.open(found, cause, wish.members());
                        break;
                    } catch (OvertakenException _) {
                        // it has its turn first
                    }
                } else if (clock.instant().isAfter(until)) {
                    return new Written.Busy(found.batch());
                }
                Thread.sleep(POLL_MILLIS);
            }
        } catch (CalledOffException e) {
            return e.why;
        } catch (TooLargeException e) {
            return new Written.Refused(null, String.valueOf(e.getMessage()));
        } catch (ForbiddenException e) {
            return new Written.Refused(
                    null,
                    "Galley has not the right to: "
                            + e.getMessage()
                            + "; apply k8s/galley of this version");
        } catch (KubernetesClientException e) {
            return failed(null, e);
        }
        return new Run(open).all();
    }

    /// One batch, from its opening to its end.
    private final class Run {
        private final Batch batch;
        private final List<Landmark> made = new ArrayList<>();
        private Entry entry;
        private long lastBeat = System.nanoTime();

        Run(Entry open) {
            this.entry = open;
            this.batch = open.batch();
        }

        Written all() {
            var begun = false;
            try {
                for (var member : batch.members()) {
                    beat();
                    attempt(member);
                }
                begun = true;
                for (var member : batch.members()) {
                    beat();
                    store(member);
                }
                end(State.DONE, made);
                return new Written.Done(entry.batch());
            } catch (StopException e) {
                return stopped(e.why, begun);
            } catch (OvertakenException _) {
                return new Written.Away(
                        "it took too long, and the leader has taken it back; try again");
            } catch (KubernetesClientException e) {
                return stopped(failed(null, e), begun);
            }
        }

        /// Takes back what was written, when it is known what that is. A write without an answer may be stored still, so that is
        /// left to the leader, which waits longer than any request lasts.
        private Written stopped(Written why, boolean begun) {
            try {
                if (!begun || !(why instanceof Written.Away)) {
                    end(State.UNDONE, begun ? undo.undo(batch).landmarks() : List.of());
                    return why;
                }
                var now = stored();
                if (now.isPresent() && now.get().batch().state() == State.DONE) {
                    observer.batchEnded(State.DONE);
                    return new Written.Done(now.get().batch());
                }
            } catch (KubernetesClientException | OvertakenException e) {
                LOGGER.atWarn()
                        .addKeyValue("batch", batch.id())
                        .addKeyValue("error", e.toString())
                        .log("Batch can't be taken back now, the leader does it");
            }
            return begun && why instanceof Written.Away(var text)
                    ? new Written.Away(
                            text + "; what was written of it is taken back within a minute")
                    : why;
        }

        private void end(State state, List<Landmark> landmarks) throws OvertakenException {
            entry = rewritten(it -> book.close(it, state, landmarks));
            observer.batchEnded(state);
        }

        private void beat() throws OvertakenException {
            if (System.nanoTime() - lastBeat > BEAT.toNanos()) {
                entry = rewritten(book::beat);
                lastBeat = System.nanoTime();
            }
        }

        /// An own write whose answer was lost is no overtaking.
        private Entry rewritten(Rewrite rewrite) throws OvertakenException {
            try {
                return rewrite.of(entry);
            } catch (OvertakenException e) {
                var now = stored().filter(it -> it.batch().isOpen()).orElse(null);
                if (now == null) {
                    throw e;
                }
                return rewrite.of(now);
            }
        }

        /// The record, while it is of this batch.
        private Optional<Entry> stored() {
            try {
                return book.read().filter(it -> it.batch().id().equals(batch.id()));
            } catch (ForbiddenException _) {
                return Optional.empty();
            }
        }

        /// Without effect.
        private void attempt(Member member) throws StopException {
            try {
                var before = member.before();
                var after = member.after();
                if (after == null) {
                    var object = objects.object(Objects.requireNonNull(before));
                    client.resource(object).dryRun().delete();
                } else if (before == null) {
                    client.resource(wanted(after)).dryRun().create();
                } else {
                    client.resource(ClusterObjects.over(wanted(after), null)).dryRun().update();
                }
            } catch (KubernetesClientException e) {
                throw new StopException(failed(member.key(), e));
            }
        }

        private GenericKubernetesResource wanted(JsonNode after) {
            return ClusterObjects.marked(objects.object(after), batch.id());
        }

        private void store(Member member) throws StopException {
            try {
                var before = member.before();
                var after = member.after();
                if (before == null) {
                    var stored = client.resource(wanted(Objects.requireNonNull(after))).create();
                    wrote(member.key(), stored);
                } else if (after == null) {
                    delete(member.key(), objects.object(before));
                } else {
                    wrote(
                            member.key(),
                            update(member.key(), objects.object(before), wanted(after)));
                }
            } catch (KubernetesClientException e) {
                throw new StopException(failed(member.key(), e));
            }
        }

        private void wrote(ResourceKey key, GenericKubernetesResource stored) {
            made.add(new Landmark(key, ClusterObjects.version(stored), null, clock.instant()));
        }

        /// Also when only its status was written meanwhile.
        private GenericKubernetesResource update(
                ResourceKey key,
                GenericKubernetesResource before,
                GenericKubernetesResource after) {
            try {
                return client.resource(ClusterObjects.over(after, ClusterObjects.version(before)))
                        .update();
            } catch (KubernetesClientException e) {
                var now = e.getCode() == CONFLICT ? ConfigObjects.at(client, key).get() : null;
                if (now == null || !ConfigObjects.saySame(before, now)) {
                    throw e;
                }
                return client.resource(ClusterObjects.over(after, ClusterObjects.version(now)))
                        .update();
            }
        }

        private void delete(ResourceKey key, GenericKubernetesResource before) {
            try {
                client.resource(before)
                        .lockResourceVersion(ClusterObjects.version(before))
                        .delete();
            } catch (KubernetesClientException e) {
                var now = e.getCode() == CONFLICT ? ConfigObjects.at(client, key).get() : null;
                if (now == null || !ConfigObjects.saySame(before, now)) {
                    throw e;
                }
                client.resource(now).lockResourceVersion(ClusterObjects.version(now)).delete();
            }
            var metadata = before.getMetadata();
            if (metadata.getFinalizers() == null || metadata.getFinalizers().isEmpty()) {
                made.add(
                        new Landmark(
                                key,
                                ClusterObjects.version(before),
                                metadata.getUid(),
                                clock.instant()));
            }
        }
    }

    private static Written failed(@Nullable ResourceKey key, KubernetesClientException e) {
        var text = BatchWriter.text(e);
        if (e.getCode() == CONFLICT && key != null && !isDenial(e)
                || e.getCode() == NOT_FOUND && key != null && isAbout(e, key)) {
            return new Written.Outdated(key);
        }
        return e.getCode() >= 400 && e.getCode() < 500 && e.getCode() != 429
                ? new Written.Refused(key, text)
                : new Written.Away(text);
    }

    /// A webhook's, which may be told by the same code.
    private static boolean isDenial(KubernetesClientException e) {
        return text(e).contains("admission webhook");
    }

    /// It is gone; and not its namespace.
    private static boolean isAbout(KubernetesClientException e, ResourceKey key) {
        var status = e.getStatus();
        return status != null
                && status.getDetails() != null
                && key.kind().plural().equals(status.getDetails().getKind());
    }

    private static String text(KubernetesClientException e) {
        var status = e.getStatus();
        return String.valueOf(
                status == null || status.getMessage() == null
                        ? e.getMessage()
                        : status.getMessage());
    }
}
