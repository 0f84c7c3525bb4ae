package dev.quartet.stream;

import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// Opens a stream on a channel, again and again.
///
/// gRPC's own reconnect back-off grows to two minutes, and a channel in TRANSIENT_FAILURE fails calls until it is READY
/// again. So each attempt resets the channel first and gives it a moment to connect.
final class Dialer {
    private static final Duration CONNECT = Duration.ofMillis(150);

    private final Supplier<ManagedChannel> channel;
    private final ScheduledExecutorService worker;
    private final Consumer<ManagedChannel> open;
    private final Consumer<RuntimeException> failed;
    private final Backoff backoff = new Backoff(RandomGenerator.getDefault());

    /// @param open opens the stream; what it throws goes to `failed`
    Dialer(
            Supplier<ManagedChannel> channel,
            ScheduledExecutorService worker,
            Consumer<ManagedChannel> open,
            Consumer<RuntimeException> failed) {
        this.channel = channel;
        this.worker = worker;
        this.open = open;
        this.failed = failed;
    }

    void dial() {
        after(Duration.ZERO, this::attempt);
    }

    /// Dials again after a pause, which is returned.
    synchronized Duration redial() {
        var pause = backoff.next();
        after(pause, this::attempt);
        return pause;
    }

    /// The stream works: the next pause is a short one.
    synchronized void connected() {
        backoff.reset();
    }

    private void attempt() {
        try {
            var target = channel.get();
            target.resetConnectBackoff();
            var state = target.getState(true);
            after(
                    state == ConnectivityState.TRANSIENT_FAILURE ? CONNECT : Duration.ZERO,
                    () -> tryOpen(target));
        } catch (RuntimeException e) {
            failed.accept(e);
        }
    }

    private void tryOpen(ManagedChannel target) {
        try {
            open.accept(target);
        } catch (RuntimeException e) {
            failed.accept(e);
        }
    }

    private void after(Duration pause, Runnable step) {
        try {
            worker.schedule(step, pause.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // closed meanwhile: nothing more to dial
        }
    }
}
