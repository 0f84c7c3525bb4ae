package dev.quartet.admin;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/// Says before a server is started whether its port can be had, and if not, which process holds it.
/// A port that nobody listens on may still be the source of somebody's outgoing connection (a port in the range that the
/// kernel takes these from, as 42422 is): such a connection is waited for, since most are short.
/// A port that passes can still be lost before the server binds it: the server's own error then applies.
public final class PortCheck {
    private static final Duration OUTGOING_CONNECTION = Duration.ofSeconds(10);
    private static final Duration POLL = Duration.ofMillis(50);

    private PortCheck() {}

    /// @param use what the port is for, as the user should read it: `REST`, `ADS (mTLS)`
    /// @param port with the offset applied; 0 always passes
    /// @throws StartupFailure naming the holder of the port, or the address that is not this machine's
    public static void requireFree(String use, String address, int port) {
        if (port == 0) {
            return;
        }
        InetAddress bind = resolve(use, address);
        long giveUp = System.nanoTime() + OUTGOING_CONNECTION.toNanos();
        try {
            while (!bindable(bind, port)) {
                if (System.nanoTime() > giveUp
                        || port < 1024
                        || !isMine(bind)
                        || PortHolder.find(port).isPresent()) {
                    throw refusal(use, address, bind, port);
                }
                LockSupport.parkNanos(POLL.toNanos());
            }
        } catch (IOException e) {
            throw new StartupFailure(
                    "port %d on %s (%s) cannot be opened: %s"
                            .formatted(port, address, use, e.getMessage()),
                    "choose another port or address",
                    e);
        }
    }

    private static boolean bindable(InetAddress address, int port) throws IOException {
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true); // as the servers do: a port in TIME_WAIT is free
            socket.bind(new InetSocketAddress(address, port));
            return true;
        } catch (BindException _) {
            return false;
        }
    }

    static StartupFailure taken(String use, String address, int port) {
        return new StartupFailure(
                "port %d on %s (%s) is taken by %s"
                        .formatted(
                                port,
                                address,
                                use,
                                PortHolder.find(port)
                                        .map(PortHolder::describe)
                                        .orElse("a process that cannot be seen from here")),
                "stop that process, or move all ports of this service with --quartet.port-offset=N (./mesh up --port-offset N)");
    }

    private static StartupFailure refusal(String use, String address, InetAddress bind, int port) {
        if (!isMine(bind)) {
            return new StartupFailure(
                    "%s (%s, port %d) is not an address of this machine"
                            .formatted(address, use, port),
                    "set --quartet.bind-address to an address of this machine, or leave it out for 127.0.0.1");
        }
        if (port < 1024 && PortHolder.find(port).isEmpty()) {
            return new StartupFailure(
                    "port %d on %s (%s) may not be opened by this user"
                            .formatted(port, address, use),
                    "choose a port from 1024 on");
        }
        return taken(use, address, port);
    }

    private static InetAddress resolve(String use, String address) {
        try {
            return InetAddress.getByName(address);
        } catch (UnknownHostException e) {
            throw new StartupFailure(
                    "address \"%s\" (%s) cannot be resolved".formatted(address, use),
                    "set --quartet.bind-address to an IP address of this machine, e.g. 127.0.0.1",
                    e);
        }
    }

    private static boolean isMine(InetAddress address) {
        try (var socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(address, 0));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
