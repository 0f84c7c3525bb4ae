package dev.quartet.galley.cluster;

import dev.quartet.galley.batch.Batch;
import dev.quartet.galley.batch.BatchBook;
import dev.quartet.galley.batch.BatchBook.ForbiddenException;
import dev.quartet.galley.batch.BatchBook.OvertakenException;
import dev.quartet.galley.change.ConfigState;
import dev.quartet.galley.history.Cause;
import dev.quartet.galley.history.LoggedRevision;
import dev.quartet.galley.history.ResourceChange;
import dev.quartet.galley.history.RevisionContent;
import dev.quartet.galley.history.RevisionDelta;
import dev.quartet.galley.history.RevisionDiff;
import dev.quartet.kube.LeaderWork;
import dev.quartet.kube.Leadership;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has the revisions of a cluster recorded, by the leader. What REST has changed is a revision of its own; what comes from
/// elsewhere, say the files of one `kubectl apply`, is one when nothing has followed for two seconds. Every replica keeps in mind what
/// was in force just now, so that it can go on where another one has ended.
///
/// [#note] is called by one thread; the rest is thread-safe.
final class RevisionKeeper implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(RevisionKeeper.class);
    private static final Duration QUIET = Duration.ofSeconds(2);
    private static final Duration LOOK = Duration.ofMillis(500);

    /// Somebody may change objects without a pause.
    private static final Duration LONGEST = Duration.ofSeconds(10);

    private static final Duration TO_RECORD = Duration.ofSeconds(3);
    private static final int DUE = 50;
    private static final int REMEMBERED = 8;

    /// What came into force and is not recorded.
    ///
    /// @param at when it began
    /// @param last when the last of it came
    private record Due(Cause cause, ConfigState state, Instant at, Instant last) {
        String id() {
            return state.revision();
        }

        boolean isRipe(Instant now) {
            return cause.kind() != Cause.Kind.KUBERNETES
                    || last.plus(QUIET).isBefore(now)
                    || at.plus(LONGEST).isBefore(now);
        }
    }

    private final RevisionSlots slots;
    private final BatchBook book;
    private final Clock clock;
    private final LeaderWork work = new LeaderWork("revisions", LOOK, this::record);
    private final Deque<Due> due = new ArrayDeque<>();
    private final SequencedMap<String, ConfigState> recent = new LinkedHashMap<>();

    /// Whose documents are used again where nothing has changed.
    private volatile RevisionContent last = RevisionContent.NOTHING;

    // the leader's
    private Leadership.@Nullable Term begun;
    private @Nullable LoggedRevision newest;

    RevisionKeeper(RevisionSlots slots, BatchBook book, Leadership leadership, Clock clock) {
        this.slots = slots;
        this.book = book;
        this.clock = clock;
        work.start(leadership);
    }

    /// It is in force from now on.
    void note(Cause cause, ConfigState state) {
        synchronized (due) {
            var why = recent.isEmpty() ? Cause.start() : cause;
            remember(state);
            var now = clock.instant();
            var before = due.peekLast();
            if (before != null && goTogether(before.cause(), why)) {
                due.removeLast();
                due.addLast(new Due(before.cause(), state, before.at(), now));
            } else {
                due.addLast(new Due(why, state, now, now));
            }
            while (due.size() > DUE) {
                due.removeFirst();
            }
        }
        work.wake();
    }

    private static boolean goTogether(Cause before, Cause now) {
        return before.kind() == Cause.Kind.KUBERNETES && now.kind() == Cause.Kind.KUBERNETES;
    }

    private void remember(ConfigState state) {
        recent.putLast(state.revision(), state);
        while (recent.size() > REMEMBERED) {
            recent.pollFirstEntry();
        }
    }

    /// What was in force lately.
    Optional<RevisionContent> content(String id) {
        ConfigState state;
        synchronized (due) {
            state = recent.get(id);
        }
        return Optional.ofNullable(state).map(this::content);
    }

    private RevisionContent content(ConfigState state) {
        var content = RevisionContent.of(state.config(), last);
        last = content;
        return content;
    }

    /// @return whether nothing waits
    private boolean record(Leadership.Term term) {
        if (!term.equals(begun)) {
            newest = RevisionSlots.newest(slots.all()).orElse(null);
            synchronized (due) {
                forgetRecorded();
            }
            begun = term;
        }
        while (true) {
            Due next;
            synchronized (due) {
                next = due.peekFirst();
                if (next == null) {
                    return true;
                }
                if (due.size() == 1 && !next.isRipe(clock.instant())) {
                    return false;
                }
            }
            record(term, next);
            synchronized (due) {
                due.removeFirstOccurrence(next);
            }
        }
    }

    /// What the leader before has recorded.
    private void forgetRecorded() {
        var known = newest;
        if (known != null && due.stream().anyMatch(it -> it.id().equals(known.id()))) {
            while (!due.removeFirst().id().equals(known.id())) {
                // older than that
            }
        }
    }

    private void record(Leadership.Term term, Due next) {
        var before = newest;
        if (before == null || !before.id().equals(next.id())) {
            var delta = delta(before, next);
            try {
                slots.put(term, delta);
            } catch (KubernetesClientException e) {
                begun = null; // whether it was written, the slots say
                throw e;
            }
            newest = delta.revision();
        }
        tell(next.cause());
    }

    private RevisionDelta delta(@Nullable LoggedRevision before, Due next) {
        if (before == null) {
            var diff = RevisionDiff.between(RevisionContent.NOTHING, content(next.state()));
            return RevisionDelta.of(revision(1, next, next.cause(), diff), diff);
        }
        var then = content(before.id());
        if (then.isPresent()) {
            var diff = RevisionDiff.between(then.get(), content(next.state()));
            return RevisionDelta.of(revision(before.number() + 1, next, next.cause(), diff), diff);
        }
        var cause =
                Cause.start()
                        .saying(
                                "what has changed since revision %d was not seen by this Galley"
                                        .formatted(before.number()));
        var none = new RevisionDiff(List.of());
        return RevisionDelta.of(revision(before.number() + 1, next, cause, none), none).bare();
    }

    private static LoggedRevision revision(long number, Due next, Cause cause, RevisionDiff diff) {
        return new LoggedRevision(
                number,
                next.id(),
                next.last(),
                cause,
                diff.keys(ResourceChange.Kind.CREATED),
                diff.keys(ResourceChange.Kind.CHANGED),
                diff.keys(ResourceChange.Kind.DELETED));
    }

    /// Whoever has made the batch waits for its number.
    private void tell(Cause cause) {
        var revision = newest;
        try {
            var entry = book.read().orElse(null);
            if (revision != null
                    && entry != null
                    && !entry.batch().isOpen()
                    && entry.batch().revision() == null
                    && Objects.equals(cause.batch(), entry.batch().number())) {
                book.recordedAs(entry, revision.number());
            }
        } catch (OvertakenException | ForbiddenException _) {
            // the next batch has begun, or there is none
        }
    }

    /// As what a batch was recorded; empty when there is no leader, or the next batch has begun.
    Optional<LoggedRevision> awaitRecord(Batch batch) throws InterruptedException {
        var until = System.nanoTime() + TO_RECORD.toNanos();
        try {
            while (System.nanoTime() < until) {
                var now = book.read().map(BatchBook.Entry::batch).orElse(null);
                if (now == null || now.number() != batch.number()) {
                    return Optional.empty();
                }
                var number = now.revision();
                if (number != null) {
                    return slots.get(number).map(RevisionDelta::revision);
                }
                Thread.sleep(20);
            }
        } catch (ForbiddenException | KubernetesClientException e) {
            LOGGER.atDebug()
                    .addKeyValue("batch", batch.id())
                    .addKeyValue("error", e.getMessage())
                    .log("Nobody says as which revision the batch was recorded");
        }
        return Optional.empty();
    }

    @Override
    public void close() {
        work.close();
    }
}
