package dev.quartet.pilot;

import java.util.concurrent.atomic.AtomicReference;

/// Stages tell the input loop that something changed, and the loop asks them: the knot is tied here, where all are
/// known. Thread-safe.
final class Wakeup implements Runnable {
    private final AtomicReference<Runnable> target = new AtomicReference<>(() -> {});

    void to(Runnable runnable) {
        target.set(runnable);
    }

    @Override
    public void run() {
        target.get().run();
    }
}
