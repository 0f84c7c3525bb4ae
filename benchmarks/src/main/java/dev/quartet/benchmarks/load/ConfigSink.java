package dev.quartet.benchmarks.load;

import dev.quartet.config.Kind;
import dev.quartet.wire.mcp.RequestResources;
import dev.quartet.wire.mcp.ResourceSourceGrpc;
import dev.quartet.wire.mcp.Resources;
import dev.quartet.wire.mcp.SinkNode;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A sink of Galley's that subscribes to every collection and ACKs everything. Thread-safe.
public final class ConfigSink implements AutoCloseable {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    private final ManagedChannel channel;
    private final Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
    private final Map<Kind, String> revisions = new EnumMap<>(Kind.class);
    private @Nullable StreamObserver<RequestResources> requests;
    private long ackedNanos;
    private @Nullable Throwable broken;

    /// Subscribes at once, and again until there is somebody to subscribe to.
    public ConfigSink(ManagedChannel channel) {
        this.channel = channel;
        subscribe();
    }

    private synchronized void subscribe() {
        counts.clear();
        revisions.clear();
        var stream =
                ResourceSourceGrpc.newStub(channel)
                        .withWaitForReady()
                        .establishResourceStream(
                                new StreamObserver<>() {
                                    @Override
                                    public void onNext(Resources message) {
                                        take(message);
                                    }

                                    @Override
                                    public void onError(Throwable cause) {
                                        end(cause);
                                    }

                                    @Override
                                    public void onCompleted() {
                                        end(new IllegalStateException("Galley ended the stream"));
                                    }
                                });
        requests = stream;
        for (var kind : Kind.values()) {
            stream.onNext(request(kind.collection(), "").setIncremental(true).build());
        }
    }

    private static RequestResources.Builder request(String collection, String nonce) {
        return RequestResources.newBuilder()
                .setSinkNode(SinkNode.newBuilder().setId("bench"))
                .setCollection(collection)
                .setResponseNonce(nonce);
    }

    private synchronized void take(Resources message) {
        var kind = Kind.ofCollection(message.getCollection()).orElseThrow();
        if (!message.getIncremental() || !revisions.containsKey(kind)) {
            counts.put(kind, message.getResourcesCount());
        }
        var stream = requests;
        if (stream != null) {
            stream.onNext(
                    request(message.getCollection(), message.getNonce())
                            .setIncremental(true)
                            .build());
        }
        revisions.put(kind, message.getSystemVersionInfo());
        ackedNanos = System.nanoTime();
        notifyAll();
    }

    private synchronized void end(Throwable cause) {
        broken = cause;
        notifyAll();
    }

    /// Waits until every collection bears one revision, another one than `before`.
    ///
    /// @return the revision, and `System.nanoTime()` of the last ACK
    public synchronized Taken await(String before, Duration limit) throws InterruptedException {
        var end = System.nanoTime() + limit.toNanos();
        while (true) {
            if (broken != null) {
                throw new IllegalStateException("the stream broke", broken);
            }
            var distinct = revisions.values().stream().distinct().toList();
            if (revisions.size() == Kind.values().length
                    && distinct.size() == 1
                    && !distinct.getFirst().equals(before)) {
                return new Taken(
                        distinct.getFirst(),
                        ackedNanos,
                        counts.values().stream().mapToInt(Integer::intValue).sum());
            }
            var left = end - System.nanoTime();
            if (left <= 0) {
                throw new IllegalStateException("no whole revision after " + limit);
            }
            if (revisions.isEmpty()) {
                channel.resetConnectBackoff(); // Galley's time is measured, not the channel's
                // patience
                left = Math.min(left, LOOK_AGAIN.toNanos());
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    /// @param resources in the first messages of all collections
    public record Taken(String revision, long ackedNanos, int resources) {}

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
