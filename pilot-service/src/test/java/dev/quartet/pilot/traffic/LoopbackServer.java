package dev.quartet.pilot.traffic;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/// An application at a free port of 127.0.0.1 that talks with each connection by itself.
final class LoopbackServer implements AutoCloseable {
    /// What is said on a connection, which is closed after it.
    @FunctionalInterface
    interface Talk {
        void on(Socket socket) throws IOException;
    }

    private final Talk talk;
    private final ServerSocket server;
    private final AtomicInteger connections = new AtomicInteger();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    LoopbackServer(Talk talk) {
        this.talk = talk;
        try {
            server = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        threads.execute(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    /// How many there have been.
    int connections() {
        return connections.get();
    }

    private void accept() {
        try {
            while (true) {
                var socket = server.accept();
                connections.incrementAndGet();
                threads.execute(() -> talk(socket));
            }
        } catch (IOException _) {
            // closed
        }
    }

    private void talk(Socket socket) {
        try (socket) {
            talk.on(socket);
        } catch (IOException _) {
            // the proxy has gone
        }
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } finally {
            threads.shutdownNow();
        }
    }
}
