package dev.quartet.pilot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.translate.Translation;
import dev.quartet.pilot.xds.AdsServer;
import dev.quartet.pilot.xds.ConnectionStatus;
import dev.quartet.testkit.EnvoyProcess;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Floods of HTTP/2 frames at the door of ADS: the connection that sends them ends, and a real Envoy beside it is served.
class XdsDoorTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final int FRAMES = 3_000_000;
    private final AdsServer ads =
            new AdsServer(Meshes.NOBODY, Clock.systemUTC(), new SimpleMeterRegistry(), 2);
    private Server server;

    @BeforeEach
    void open() throws IOException {
        server =
                XdsDoor.guarded(
                                NettyServerBuilder.forAddress(
                                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)))
                        .directExecutor()
                        .addService(ads.service())
                        .addService(new TestSecrets())
                        .build()
                        .start();
    }

    @AfterEach
    void close() throws InterruptedException {
        ads.close();
        server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }

    enum Flood {
        /// HEADERS and RST_STREAM, again and again.
        RAPID_RESET,

        /// SETTINGS, each of which wants an answer that is not read.
        SETTINGS,

        /// PING, the same.
        PING,

        /// One HEADERS, and CONTINUATION without end.
        CONTINUATION
    }

    @ParameterizedTest
    @EnumSource
    void aFloodEndsItsConnectionAndNoOther(Flood flood) throws IOException {
        var proxy = Meshes.sidecar("reviews-v1", "127.0.0.1");
        publish(proxy, "r1");
        try (var envoy =
                        EnvoyProcess.start(
                                TestBootstrap.of(proxy, server.getPort(), "DELTA_GRPC"));
                var attacker = new Socket(InetAddress.getLoopbackAddress(), server.getPort())) {
            awaitInForce("r1");

            assertThat(isCutOff(attacker, flood)).as("the connection ends").isTrue();

            publish(proxy, "r2");
            awaitInForce("r2");
            assertThat(envoy.alive()).isTrue();
        }
    }

    private void publish(Proxy proxy, String revision) {
        var translation =
                Translation.of(
                        Meshes.snapshot(
                                Meshes.config(
                                        revision,
                                        Meshes.service("reviews", "v1"),
                                        Meshes.routes(
                                                "reviews",
                                                "- {name: %s, route: [{destination: {host: reviews}}]}"
                                                        .formatted(revision))),
                                proxy));
        ads.publish(translation::configFor, AdsServer.Audience.EVERYONE);
    }

    private void awaitInForce(String revision) {
        await().atMost(LIMIT)
                .untilAsserted(() -> {
                    assertThat(ads.progress()).hasSize(1);
                    assertThat(ads.progress().getFirst().revisionInForce()).isEqualTo(revision);
                    assertThat(ads.progress().getFirst().state())
                            .isEqualTo(ConnectionStatus.State.SYNCED);
                });
    }

    /// Sends until the server has had enough, or all is sent.
    private static boolean isCutOff(Socket socket, Flood flood) throws IOException {
        socket.setSoTimeout((int) LIMIT.toMillis());
        var out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
        out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        out.write(frame(4, 0, 0, new byte[0]));
        if (flood == Flood.CONTINUATION) {
            out.write(frame(1, 0, 1, new byte[] {(byte) 0x82})); // HEADERS that go on
        }
        // what the server says is read for those floods whose answers would not matter
        if (flood == Flood.RAPID_RESET || flood == Flood.CONTINUATION) {
            Thread.ofVirtual().start(() -> drain(socket));
        }
        try {
            for (int i = 0; i < FRAMES; i++) {
                var stream = 1 + 2 * i;
                switch (flood) {
                    case RAPID_RESET -> {
                        out.write(
                                frame(
                                        1,
                                        4,
                                        stream,
                                        new byte[] {(byte) 0x83, (byte) 0x86, (byte) 0x84}));
                        out.write(frame(3, 0, stream, new byte[] {0, 0, 0, 8}));
                    }
                    case SETTINGS -> out.write(frame(4, 0, 0, new byte[] {0, 3, 0, 0, 0, 100}));
                    case PING -> out.write(frame(6, 0, 0, new byte[8]));
                    case CONTINUATION -> out.write(frame(9, 0, 1, new byte[] {0, 1, 'a', 1, 'b'}));
                }
            }
            out.flush();
        } catch (SocketException _) {
            return true;
        }
        return false;
    }

    private static void drain(Socket socket) {
        try (InputStream in = socket.getInputStream()) {
            in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException _) {
            // it has ended
        }
    }

    private static byte[] frame(int type, int flags, int stream, byte[] payload) {
        var frame = new byte[9 + payload.length];
        frame[2] = (byte) payload.length;
        frame[3] = (byte) type;
        frame[4] = (byte) flags;
        for (int i = 0; i < 4; i++) {
            frame[5 + i] = (byte) (stream >>> (24 - 8 * i));
        }
        System.arraycopy(payload, 0, frame, 9, payload.length);
        return frame;
    }
}
