package dev.quartet.pilot.xds;

import java.util.concurrent.LinkedBlockingQueue;

/// Connections that are due for a push. Pushes waiting for the same proxy merge: a slow proxy gets one large push,
/// not a backlog. Safe for many producers and consumers; [#take()] blocks until a connection is due.
/// After Istio 1.4, `pilot/pkg/proxy/envoy/v2/pushqueue.go`.
final class PushQueue {
    /// A connection is in one worker's hands at most: of two, the one with older config could be the later one.
    enum Turn {
        IDLE,
        DUE,
        RUNNING,

        /// Something came meanwhile.
        RUNNING_AND_DUE
    }

    private final LinkedBlockingQueue<Connection> due = new LinkedBlockingQueue<>();

    void add(Connection connection) {
        var before =
                connection.turn.getAndUpdate(turn ->
                        switch (turn) {
                            case IDLE, DUE -> Turn.DUE;
                            case RUNNING, RUNNING_AND_DUE -> Turn.RUNNING_AND_DUE;
                        });
        if (before == Turn.IDLE) {
            enqueue(connection);
        }
    }

    /// To be given back by [#done].
    Connection take() throws InterruptedException {
        var connection = due.take();
        connection.turn.set(Turn.RUNNING);
        connection.taken();
        return connection;
    }

    void done(Connection connection) {
        if (!connection.turn.compareAndSet(Turn.RUNNING, Turn.IDLE)) {
            connection.turn.set(Turn.DUE);
            enqueue(connection);
        }
    }

    private void enqueue(Connection connection) {
        connection.queued();
        due.add(connection);
    }

    int size() {
        return due.size();
    }
}
