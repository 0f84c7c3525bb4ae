package dev.quartet.identity;

import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/// The pace at which services come back to each other: 0.5 to 3 seconds at random, for ever. gRPC's own back-off
/// grows to two minutes, which would leave a restarted service alone for as long.
final class Reconnect {

    private static final int MIN_MILLIS = 500;
    private static final int MAX_MILLIS = 3000;

    private Reconnect() {}

    static Duration pause() {
        return Duration.ofMillis(ThreadLocalRandom.current().nextInt(MIN_MILLIS, MAX_MILLIS + 1));
    }

    /// Keeps `channel` at this pace until it is shut down.
    static ManagedChannel paced(ManagedChannel channel) {
        watch(channel);
        return channel;
    }

    private static void watch(ManagedChannel channel) {
        var state = channel.getState(false);
        if (state == ConnectivityState.SHUTDOWN) {
            return;
        }
        if (state == ConnectivityState.TRANSIENT_FAILURE) {
            Thread.ofVirtual().name("reconnect").start(() -> retry(channel));
        } else {
            channel.notifyWhenStateChanged(state, () -> watch(channel));
        }
    }

    private static void retry(ManagedChannel channel) {
        try {
            while (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
                Thread.sleep(pause());
                channel.resetConnectBackoff();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        watch(channel);
    }
}
