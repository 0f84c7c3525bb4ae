package dev.quartet.galley.change;

import dev.quartet.galley.history.Cause;
import dev.quartet.galley.history.History;
import dev.quartet.galley.history.LoggedRevision;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has revisions recorded: a change that can be refused before it is in force, one that cannot be a moment after. What comes while
/// the disk is busy waits in one slot, so that changes of a directory that follow each other faster than the disk takes them are
/// recorded as one. What the disk refuses is recorded with the next change.
///
/// One change at a time; recording soon is done by a thread of its own.
final class RevisionRecorder implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(RevisionRecorder.class);

    /// So that a change is on its way to who needs it before it is written down.
    private static final Duration AFTER_THE_PUSH = Duration.ofMillis(20);

    private static final Duration TO_END = Duration.ofSeconds(10);

    /// The part of a change that the disk may refuse beside the record.
    interface Rest {
        void write() throws IOException;
    }

    private record Due(Cause cause, ConfigState state) {}

    private final History history;
    private final ReentrantLock writing = new ReentrantLock();
    private final AtomicReference<@Nullable Due> slot = new AtomicReference<>();
    private volatile @Nullable Thread last;

    RevisionRecorder(History history) {
        this.history = history;
    }

    /// With all that came into force until now.
    History history() {
        recordDue();
        return history;
    }

    /// What nobody can refuse comes into force also when the disk does not take it.
    void recordSoon(Cause cause, ConfigState state) {
        slot.set(new Due(cause, state));
        last =
                Thread.ofVirtual()
                        .name("revisions")
                        .start(() -> {
                            LockSupport.parkNanos(AFTER_THE_PUSH.toNanos());
                            recordDue();
                        });
    }

    /// Records what waits, if anything does.
    void recordDue() {
        writing.lock();
        try {
            var due = slot.getAndSet(null);
            if (due == null) {
                return;
            }
            try {
                history.record(due.cause(), due.state().revision(), due.state().config());
            } catch (IOException e) {
                slot.compareAndSet(null, due);
                LOGGER.atError()
                        .addKeyValue("version", due.state().revision())
                        .addKeyValue("error", e.toString())
                        .log("Revision can't be recorded yet");
            }
        } finally {
            writing.unlock();
        }
    }

    /// Records what comes into force together with the rest of the change: both or nothing.
    ///
    /// @return what was recorded, if there is anything new in it
    /// @throws IOException when the disk refuses; nothing has changed then
    @Nullable LoggedRevision record(Cause cause, ConfigState state, Rest rest) throws IOException {
        writing.lock();
        try {
            var due = slot.get();
            if (due != null) {
                history.record(due.cause(), due.state().revision(), due.state().config());
                slot.compareAndSet(due, null);
            }
            var draft = history.prepare(cause, state.revision(), state.config());
            try {
                rest.write();
            } catch (IOException e) {
                draft.ifPresent(history::discard);
                throw e;
            }
            return draft.map(history::commit).orElse(null);
        } finally {
            writing.unlock();
        }
    }

    @Override
    public void close() {
        var running = last;
        try {
            if (running == null || running.join(TO_END)) {
                recordDue();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
