package dev.quartet.pilot.xds;

import java.util.concurrent.LinkedBlockingQueue;

/// Connections that are due for a push. Pushes waiting for the same proxy merge: a slow proxy gets one large push,
/// not a backlog. Safe for many producers and consumers; [#take()] blocks until a connection is due.
/// After Istio 1.4, `pilot/pkg/proxy/envoy/v2/pushqueue.go`.
final class PushQueue {
    private final LinkedBlockingQueue<Connection> due = new LinkedBlockingQueue<>();

    void add(Connection connection) {
        if (connection.tryQueue()) {
            due.add(connection);
        }
    }

    /// The connection may be queued again from now on: what comes during its push is not lost.
    Connection take() throws InterruptedException {
        var connection = due.take();
        connection.unqueue();
        return connection;
    }

    int size() {
        return due.size();
    }
}
