package dev.quartet.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A way to a server on loopback that a test can shut and open: a network that breaks.
public final class TcpGate implements AutoCloseable {
    private final ServerSocket door;
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean shut;

    private TcpGate(ServerSocket door, int target) {
        this.door = door;
        this.target = target;
    }

    /// @param target a port of 127.0.0.1
    public static TcpGate to(int target) {
        try {
            var gate =
                    new TcpGate(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), target);
            Thread.ofVirtual().start(gate::accept);
            return gate;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    public int port() {
        return door.getLocalPort();
    }

    /// Cuts all connections; new ones are cut at once.
    public void shut() {
        shut = true;
        open.forEach(TcpGate::cut);
    }

    public void open() {
        shut = false;
    }

    private void accept() {
        while (!door.isClosed()) {
            try {
                var near = door.accept();
                open.add(near);
                if (shut) {
                    cut(near);
                    continue;
                }
                var far = new Socket(InetAddress.getLoopbackAddress(), target);
                open.add(far);
                Thread.ofVirtual().start(() -> pump(near, far));
                Thread.ofVirtual().start(() -> pump(far, near));
            } catch (IOException _) {
                // the door is closed, or the target is away: the loop's condition tells
            }
        }
    }

    private void pump(Socket from, Socket to) {
        try (from;
                to;
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream()) {
            in.transferTo(out);
        } catch (IOException _) {
            // cut
        } finally {
            open.remove(from);
            open.remove(to);
        }
    }

    private static void cut(Socket socket) {
        try {
            socket.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public void close() {
        cutDoor();
        shut();
    }

    private void cutDoor() {
        try {
            door.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
