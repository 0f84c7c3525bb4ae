package dev.quartet.benchmarks.load;

import io.envoyproxy.envoy.config.core.v3.Node;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// N proxies that are connected to one Pilot, each on a connection of its own. Thread-safe.
public final class Swarm implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(1);

    private final List<ProxyStream> proxies = new ArrayList<>();
    private final AtomicInteger complete = new AtomicInteger();
    private final AtomicLong lastAcknowledged = new AtomicLong();
    private final AtomicLong received = new AtomicLong();
    private final AtomicInteger reached = new AtomicInteger();
    private final AtomicLong firstReached = new AtomicLong();
    private volatile int round = 1;
    private volatile String awaited = TypeUrls.ROUTES;
    private volatile @Nullable Status failed;
    private volatile boolean closing;

    /// What one change has caused.
    ///
    /// @param reached how many proxies got what was awaited
    /// @param firstSeconds from the change to the first ACK
    /// @param seconds from the change to the last ACK
    /// @param bytes of all answers together
    public record Round(int reached, double firstSeconds, double seconds, long bytes) {}

    /// Connects, and returns when every proxy has its clusters, endpoints, listeners and routes.
    ///
    /// @param atOnce how many may be without them at a time
    /// @throws IllegalStateException when a stream ends, or not all are there in time
    public static Swarm connect(
            int count,
            int atOnce,
            Protocol protocol,
            IntFunction<Node> nodes,
            IntFunction<ManagedChannel> channels,
            Duration limit) {
        var swarm = new Swarm();
        var reader = new Answer.Reader(protocol);
        try {
            var end = System.nanoTime() + limit.toNanos();
            for (var i = 0; i < count; i++) {
                var proxy = new ProxyStream(protocol, nodes.apply(i), channels.apply(i), swarm);
                swarm.proxies.add(proxy);
                proxy.open(reader);
                var opened = i + 1;
                swarm.await(
                        () -> opened - swarm.complete.get() < atOnce,
                        end,
                        () ->
                                "only "
                                        + swarm.complete
                                        + " of "
                                        + opened
                                        + " proxies have all their config");
            }
            swarm.await(
                    () -> swarm.complete.get() == count,
                    end,
                    () ->
                            "only "
                                    + swarm.complete
                                    + " of "
                                    + count
                                    + " proxies have all their config");
            swarm.quiet(Duration.ofSeconds(2));
            return swarm;
        } catch (RuntimeException failure) {
            swarm.close();
            throw failure;
        }
    }

    private interface Condition {
        boolean holds();
    }

    private interface Words {
        String text();
    }

    private void await(Condition condition, long end, Words otherwise) {
        while (!condition.holds()) {
            var status = failed;
            if (status != null) {
                throw new IllegalStateException("a proxy's stream has ended: " + status);
            }
            if (System.nanoTime() > end) {
                throw new IllegalStateException(otherwise.text() + " in time");
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    /// Waits until nothing has come for `time`.
    public void quiet(Duration time) {
        while (System.nanoTime() - lastAcknowledged.get() < time.toNanos()) {
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    /// `System.nanoTime()` of the last ACK so far.
    public long lastAcknowledged() {
        return lastAcknowledged.get();
    }

    /// Counts anew: the answers from now on belong to a change that is about to be made.
    ///
    /// @param typeUrl what every proxy will get
    public void begin(String typeUrl) {
        awaited = typeUrl;
        firstReached.set(0);
        reached.set(0);
        received.set(0);
        round++;
    }

    /// Waits until every proxy has ACKed what this round is about, and then until nothing more comes.
    ///
    /// @param start `System.nanoTime()` of the change
    /// @param settled for how long nothing must come
    public Round finish(long start, Duration settled, Duration limit) {
        await(
                () -> reached.get() == proxies.size(),
                start + limit.toNanos(),
                () -> "only " + reached + " of " + proxies.size() + " proxies got the change");
        quiet(settled);
        return new Round(
                reached.get(),
                (firstReached.get() - start) / 1e9,
                (lastAcknowledged.get() - start) / 1e9,
                received.get());
    }

    void completed() {
        complete.incrementAndGet();
    }

    /// @param seen the last round that this proxy was counted in
    /// @return the round it is counted in now
    int acknowledged(Answer answer, int seen) {
        var now = System.nanoTime();
        lastAcknowledged.accumulateAndGet(now, Math::max);
        received.addAndGet(answer.sizeBytes());
        var current = round;
        if (answer.typeUrl().equals(awaited) && seen != current) {
            firstReached.compareAndSet(0, now);
            reached.incrementAndGet();
            return current;
        }
        return seen;
    }

    void closed(Status status) {
        if (!closing) {
            failed = status;
        }
    }

    @Override
    public void close() {
        closing = true;
        proxies.forEach(ProxyStream::close);
    }
}
