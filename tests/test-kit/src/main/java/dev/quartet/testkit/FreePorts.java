package dev.quartet.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/// TCP ports of 127.0.0.1 that nobody listens on at the moment of asking.
public final class FreePorts {
    private static final int TRIES = 2000;
    private static final int STEP = 100;
    private static final int LARGEST_OFFSET = 17_000;

    /// Linux' `ip_local_port_range` ends below.
    private static final int LOWEST = 61_000;

    private static final int HIGHEST = 65_535;

    /// Ports are taken some time after they were given, and nobody else must have one of them by then.
    private static final Set<Integer> GIVEN = new HashSet<>();

    private FreePorts() {}

    public static int one() {
        return several(1).getFirst();
    }

    /// As many different ones, none that was given before in this process. They are above those that the kernel gives to outgoing
    /// connections, so that no such connection has one by the time that it is wanted.
    ///
    /// @throws IllegalStateException when there are not so many
    public static synchronized List<Integer> several(int count) {
        var found = new ArrayList<Integer>();
        for (var i = 0; i < TRIES && found.size() < count; i++) {
            var port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST + 1);
            if (!GIVEN.contains(port) && isFree(port)) {
                GIVEN.add(port);
                found.add(port);
            }
        }
        if (found.size() < count) {
            throw new IllegalStateException("there are no %d free ports".formatted(count));
        }
        return List.copyOf(found);
    }

    /// A number of hundreds that, added to each of `ports`, gives a free port that no other caller in this process was given: what
    /// `mesh up --port-offset` wants. Small enough that those above 15000 stay below the ports that the kernel gives to outgoing connections.
    ///
    /// @throws IllegalStateException when none is found
    public static synchronized int offset(int... ports) {
        for (var i = 0; i < TRIES; i++) {
            var offset = STEP * ThreadLocalRandom.current().nextInt(1, LARGEST_OFFSET / STEP + 1);
            var moved = IntStream.of(ports).map(port -> port + offset).boxed().toList();
            if (Collections.disjoint(GIVEN, moved) && moved.stream().allMatch(FreePorts::isFree)) {
                GIVEN.addAll(moved);
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
}
