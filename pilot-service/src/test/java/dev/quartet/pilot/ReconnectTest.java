package dev.quartet.pilot;

import static org.awaitility.Awaitility.await;

import dev.quartet.testkit.EnvoyProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// How a stock Envoy asks for a Pilot that is not there. Hardening case 38.
class ReconnectTest {
    /// By then the pauses have grown as far as they grow.
    private static final int GROWN = 5;

    /// Proxies that all lose their Pilot at once must not all come back at once: each pause is drawn anew.
    @Test
    void attemptsComeAfterPausesOfChance() throws Exception {
        var attempts = new CopyOnWriteArrayList<Long>();
        try (var nobody = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            var proxy = Meshes.sidecar("reviews-v1", "127.1.0.1");
            var acceptor = Thread.ofVirtual().start(() -> note(nobody, attempts));
            try (var _ =
                    EnvoyProcess.start(
                            TestBootstrap.of(proxy, nobody.getLocalPort(), "DELTA_GRPC"))) {
                await().until(() -> {
                    var pauses = pauses(attempts);
                    return pauses.size() > 3 && pauses.getFirst() * 2 < pauses.getLast();
                });
            }
            nobody.close();
            acceptor.join();
        }
    }

    private static void note(ServerSocket socket, List<Long> attempts) {
        try {
            while (true) {
                socket.accept().close();
                attempts.add(System.nanoTime());
            }
        } catch (IOException _) {
            // closed: the test is over
        }
    }

    /// The shortest first.
    private static List<Long> pauses(List<Long> attempts) {
        return IntStream.range(GROWN, attempts.size())
                .mapToObj(i -> attempts.get(i) - attempts.get(i - 1))
                .sorted()
                .toList();
    }
}
