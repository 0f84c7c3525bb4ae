package dev.quartet.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The same GET again and again from a fixed number of virtual threads, each on a kept connection, from [#start] to [#stop()].
/// Every answer that is no 200 is kept with its time and words, and so is every failed connection (as status 0).
public final class Load implements AutoCloseable {
    private static final int KEPT_FAILURES = 200;

    /// @param status 0 when there was no answer
    public record Miss(Instant at, int status, String words) {}

    /// What has come back so far.
    public record Tally(Map<Integer, Long> countsByStatus, List<Miss> misses) {
        public long sent() {
            return countsByStatus.values().stream().mapToLong(Long::longValue).sum();
        }

        public long count(int status) {
            return countsByStatus.getOrDefault(status, 0L);
        }

        /// All but 200.
        public long failed() {
            return sent() - count(200);
        }

        @Override
        public String toString() {
            return countsByStatus
                    + misses.stream()
                            .limit(20)
                            .map(miss ->
                                    "\n  " + miss.at() + " " + miss.status() + " " + miss.words())
                            .collect(Collectors.joining());
        }
    }

    private final Map<Integer, AtomicLong> counts = new ConcurrentSkipListMap<>();
    private final ConcurrentLinkedQueue<Miss> misses = new ConcurrentLinkedQueue<>();
    private final List<Thread> clients = new ArrayList<>();
    private volatile boolean stopped;

    private Load() {}

    /// @param clients how many at once
    /// @param pause of each client between an answer and its next request; zero for as fast as it goes
    public static Load start(
            InetSocketAddress server,
            String path,
            Map<String, String> headers,
            int clients,
            Duration pause) {
        var load = new Load();
        for (var i = 0; i < clients; i++) {
            load.clients.add(
                    Thread.ofVirtual()
                            .name("load-" + i)
                            .start(() -> load.run(server, path, headers, pause, null)));
        }
        return load;
    }

    /// Sends exactly `requests`, and returns when all are answered.
    public static Tally send(
            InetSocketAddress server,
            String path,
            Map<String, String> headers,
            int clients,
            int requests) {
        var load = new Load();
        var left = new AtomicLong(requests);
        for (var i = 0; i < clients; i++) {
            load.clients.add(
                    Thread.ofVirtual()
                            .name("load-" + i)
                            .start(() -> load.run(server, path, headers, Duration.ZERO, left)));
        }
        load.join();
        return load.tally();
    }

    private void run(
            InetSocketAddress server,
            String path,
            Map<String, String> headers,
            Duration pause,
            @Nullable AtomicLong left) {
        try (var connection = new PlainHttp.Connection(server)) {
            while (!stopped && (left == null || left.getAndDecrement() > 0)) {
                once(connection, path, headers);
                if (!pause.isZero()) {
                    LockSupport.parkNanos(pause.toNanos());
                }
            }
        } catch (IOException _) {
            // closing a connection that is gone
        }
    }

    private void once(PlainHttp.Connection connection, String path, Map<String, String> headers) {
        try {
            var answer = connection.request("GET", path, headers, null);
            count(answer.status());
            if (answer.status() != 200) {
                miss(answer.status(), answer.body());
            }
        } catch (IOException | RuntimeException failure) {
            count(0);
            miss(0, String.valueOf(failure.getMessage()));
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }

    private void count(int status) {
        counts.computeIfAbsent(status, _ -> new AtomicLong()).incrementAndGet();
    }

    private void miss(int status, String words) {
        if (misses.size() < KEPT_FAILURES) {
            var line = words.replace('\n', ' ').strip();
            misses.add(
                    new Miss(
                            Instant.now(),
                            status,
                            line.length() > 300 ? line.substring(0, 300) + "…" : line));
        }
    }

    public Tally tally() {
        var sums = new TreeMap<Integer, Long>();
        counts.forEach((status, count) -> sums.put(status, count.get()));
        return new Tally(sums, List.copyOf(misses));
    }

    /// Ends after the requests in flight.
    public Tally stop() {
        stopped = true;
        join();
        return tally();
    }

    private void join() {
        try {
            for (var client : clients) {
                client.join();
            }
        } catch (InterruptedException _) {
            stopped = true;
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        stop();
    }
}
