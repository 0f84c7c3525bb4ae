package dev.quartet.galley.batch;

import dev.quartet.galley.batch.Batch.Landmark;
import dev.quartet.galley.batch.BatchBook.Entry;
import dev.quartet.galley.batch.BatchBook.ForbiddenException;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Says when what was seen of a cluster has no batch in part. Who takes it in calls [#inTheWay], then looks at the objects,
/// then calls [#stillOpenTo]: no batch was opened before the look's end, and all writes of those before were seen at its
/// beginning. The record is asked for, not watched: two watches know nothing of each other's order.
///
/// One thread.
public final class Barrier {
    private static final Logger LOGGER = LoggerFactory.getLogger(Barrier.class);
    private static final Duration SHORTEST = Duration.ofMillis(10);
    private static final Duration LONGEST = Duration.ofSeconds(1);

    /// The leader takes a batch back whose writer is gone; when there is none either, config shall not stand still for ever.
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final BatchBook book;
    private final LongSupplier nanos;
    private @Nullable Entry known;
    private boolean asked;
    private boolean forbidden;
    private Duration pause = SHORTEST;
    private long waitingSince;
    private @Nullable String waitingFor;

    /// @param nanos a clock that never goes back
    public Barrier(BatchBook book, LongSupplier nanos) {
        this.book = book;
        this.nanos = nanos;
    }

    /// How long to wait before the next call; empty: nothing is in the way.
    ///
    /// @param seen whether a write has come in
    public Optional<Duration> inTheWay(Predicate<Landmark> seen) {
        if (!asked || !isPast(seen)) {
            if (!ask()) {
                return Optional.of(LONGEST);
            }
            if (!isPast(seen)) {
                return waiting();
            }
        }
        waitingFor = null;
        return Optional.empty();
    }

    private boolean isPast(Predicate<Landmark> seen) {
        return known == null
                || !known.batch().isOpen() && known.batch().landmarks().stream().allMatch(seen);
    }

    private Optional<Duration> waiting() {
        var batch = Objects.requireNonNull(known, "it is in the way").batch();
        if (!known.version().equals(waitingFor)) {
            waitingFor = known.version();
            waitingSince = nanos.getAsLong();
            pause = SHORTEST;
        }
        if (nanos.getAsLong() - waitingSince > PATIENCE.toNanos()) {
            LOGGER.atError()
                    .addKeyValue("batch", batch.id())
                    .addKeyValue("state", batch.state())
                    .log("Batch does not end, what there is of it is taken in");
            return Optional.empty();
        }
        var wait = pause;
        pause = pause.multipliedBy(2).compareTo(LONGEST) > 0 ? LONGEST : pause.multipliedBy(2);
        return Optional.of(wait);
    }

    /// Whether what was looked at since may be taken in. False: the record is another one by now, or nobody knows.
    public boolean stillOpenTo() {
        var before = version();
        return ask() && Objects.equals(before, version());
    }

    private @Nullable String version() {
        return known == null ? null : known.version();
    }

    /// The batch that ended last, if there was one.
    public Optional<Batch> last() {
        return Optional.ofNullable(known).map(Entry::batch);
    }

    /// @return whether there was an answer
    private boolean ask() {
        try {
            known = book.read().orElse(null);
            forbidden = false;
        } catch (ForbiddenException e) {
            if (!forbidden) {
                LOGGER.atWarn()
                        .addKeyValue("name", BatchBook.SECRET)
                        .addKeyValue("error", e.getMessage())
                        .log(
                                "Batches can't be seen, so that REST can't write here: this Galley has the rights of an older one; apply its manifests");
            }
            forbidden = true;
            known = null;
        } catch (KubernetesClientException e) {
            LOGGER.atWarn()
                    .addKeyValue("name", BatchBook.SECRET)
                    .addKeyValue("error", e.getMessage())
                    .log("Apiserver does not say whether a batch is open, config stays as it is");
            return false;
        }
        asked = true;
        return true;
    }
}
