package dev.quartet.kube;

import dev.quartet.kube.LeaderWrites.StaleLeaderException;
import dev.quartet.kube.Leadership.Term;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps something in the cluster as it should be, from the replica that leads: looks when it is woken, again while the
/// task is not done, and again after a failure. One virtual thread works from [#start] to [#close]. Thread-safe.
public final class LeaderWork implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(LeaderWork.class);

    /// One look, and what it takes to put things right.
    @FunctionalInterface
    public interface Task {
        /// @return false to be called again after the pause, whether or not something wakes
        /// @throws StaleLeaderException when a later leader has written
        boolean run(Term term);
    }

    private final String name;
    private final Duration pause;
    private final Task task;
    private final Semaphore woken = new Semaphore(1);
    private volatile @Nullable Leadership leadership;
    private volatile @Nullable Thread worker;

    /// @param name for logs and the thread
    /// @param pause before a task that is not done, or failed, is called again
    public LeaderWork(String name, Duration pause, Task task) {
        this.name = name;
        this.pause = pause;
        this.task = task;
    }

    /// Something has changed. Never blocks.
    public void wake() {
        woken.release();
    }

    /// @param standing says whether this replica is the one that works; others may work by it too
    public void start(Leadership standing) {
        leadership = standing;
        standing.onChange(this::wake);
        worker = Thread.ofVirtual().name(name).start(() -> run(standing));
    }

    private void run(Leadership standing) {
        var done = true;
        try {
            while (!Thread.currentThread().isInterrupted()) {
                if (done) {
                    woken.acquire();
                } else {
                    var _ = woken.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS);
                }
                woken.drainPermits();
                done = standing.term().map(this::attempt).orElse(true); // winning it wakes
            }
        } catch (InterruptedException _) {
            // closed
        }
    }

    private boolean attempt(Term term) {
        try {
            return task.run(term);
        } catch (StaleLeaderException | KubernetesClientException e) {
            LOGGER.atWarn()
                    .addKeyValue("name", name)
                    .addKeyValue("error", e.getMessage())
                    .log("Leader's work failed, tries again");
        } catch (RuntimeException e) {
            LOGGER.atError()
                    .setCause(e)
                    .addKeyValue("name", name)
                    .log("Leader's work failed, tries again");
        }
        return false;
    }

    /// Whether this replica is the one that works.
    public boolean leads() {
        var standing = leadership;
        return standing != null && standing.term().isPresent();
    }

    /// Leaves the leadership as it is.
    @Override
    public void close() {
        var working = worker;
        if (working != null) {
            working.interrupt();
        }
    }
}
