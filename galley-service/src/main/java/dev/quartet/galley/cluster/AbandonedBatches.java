package dev.quartet.galley.cluster;

import dev.quartet.galley.batch.Batch.State;
import dev.quartet.galley.batch.BatchBook;
import dev.quartet.galley.batch.BatchBook.Entry;
import dev.quartet.galley.batch.BatchBook.ForbiddenException;
import dev.quartet.galley.batch.BatchBook.OvertakenException;
import dev.quartet.kube.LeaderWork;
import dev.quartet.kube.Leadership;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes back the batch whose writer is gone: the record stays open, and has not moved for as long as no living writer
/// leaves it. Done by the leader, by its own clock.
final class AbandonedBatches implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(AbandonedBatches.class);
    private static final Duration LOOK = Duration.ofSeconds(2);

    private final BatchBook book;
    private final BatchUndo undo;
    private final Duration patience;
    private final BatchObserver observer;
    private final LeaderWork work = new LeaderWork("abandoned-batches", LOOK, this::look);
    private @Nullable Entry seen;
    private long since;

    /// @param patience how long a record may rest while its writer lives
    AbandonedBatches(
            BatchBook book,
            BatchUndo undo,
            Duration patience,
            Leadership leadership,
            BatchObserver observer) {
        this.book = book;
        this.undo = undo;
        this.patience = patience;
        this.observer = observer;
        work.start(leadership);
    }

    /// @return false: it looks again after the pause
    private boolean look(Leadership.Term term) {
        try {
            var open = book.read().filter(it -> it.batch().isOpen()).orElse(null);
            if (open == null || seen == null || !open.version().equals(seen.version())) {
                seen = open;
                since = System.nanoTime();
            } else if (System.nanoTime() - since > patience.toNanos()) {
                takeBack(open);
            }
        } catch (ForbiddenException | OvertakenException _) {
            // whoever reads says that it may not; and a writer that moves lives
        }
        return false;
    }

    private void takeBack(Entry open) throws OvertakenException {
        var undone = undo.undo(open.batch());
        book.close(open, State.UNDONE, undone.landmarks());
        observer.batchEnded(State.UNDONE);
        LOGGER.atWarn()
                .addKeyValue("batch", open.batch().id())
                .addKeyValue("writer", open.batch().writer())
                .addKeyValue("left", undone.left())
                .log("Batch was abandoned, it is taken back");
    }

    @Override
    public void close() {
        work.close();
    }
}
