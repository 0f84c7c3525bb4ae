package dev.quartet.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/// TCP ports of 127.0.0.1 that nobody listens on at the moment of asking.
public final class FreePorts {
    private static final int TRIES = 200;
    private static final int STEP = 1000;
    private static final int LARGEST_OFFSET = 17_000;

    private FreePorts() {}

    public static int one() {
        return several(1).getFirst();
    }

    /// As many different ones; all are held until the last is found, so that none comes twice.
    public static List<Integer> several(int count) {
        var held = new ArrayList<ServerSocket>();
        try {
            for (var i = 0; i < count; i++) {
                held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            return held.stream().map(ServerSocket::getLocalPort).toList();
        } catch (IOException failure) {
            throw new UncheckedIOException("no free port", failure);
        } finally {
            held.forEach(FreePorts::close);
        }
    }

    /// A number of thousands that, added to each of `ports`, gives a free port: what `mesh up --port-offset` wants.
    /// Thousands, because several ports of the suite differ by hundreds; and small enough that those above 15000 stay below the ports that
    /// the kernel gives to outgoing connections.
    ///
    /// @throws IllegalStateException when none is found
    public static int offset(int... ports) {
        for (var i = 0; i < TRIES; i++) {
            var offset = STEP * ThreadLocalRandom.current().nextInt(1, LARGEST_OFFSET / STEP + 1);
            var free = true;
            for (var port : ports) {
                free = free && isFree(port + offset);
            }
            if (free) {
                return offset;
            }
        }
        throw new IllegalStateException("no port offset leaves all ports free");
    }

    public static boolean isFree(int port) {
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    private static void close(ServerSocket socket) {
        try {
            socket.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
