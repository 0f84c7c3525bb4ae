package dev.quartet.pilot.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.pilot.Meshes;
import dev.quartet.pilot.TestBootstrap;
import dev.quartet.pilot.TestSecrets;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.translate.Translation;
import dev.quartet.pilot.xds.AdsServer;
import dev.quartet.pilot.xds.ConnectionStatus;
import dev.quartet.testkit.EnvoyProcess;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Assumptions;

/// A network namespace on a cable: `mesh-init`'s rules hold in it, a stock Envoy is its proxy, programs in it are the
/// application. At the other end of the cable are Pilot and servers on addresses of their own.
final class CapturedPod implements AutoCloseable {
    private static final Path MESH_INIT = Path.of("..", "mesh-init", "mesh-init.sh");
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final int PROXY_GROUP = 1337;
    private static final int APPLICATION_UID = 1000;
    private final String name = "captured-" + ProcessHandle.current().pid();

    /// A part of the block for measurements, RFC 2544.
    private final String network =
            "198.18.%d.".formatted(ThreadLocalRandom.current().nextInt(1, 250));

    private final List<ServerSocket> servers = new ArrayList<>();
    private final AdsServer ads =
            new AdsServer(Meshes.NOBODY, Clock.systemUTC(), new SimpleMeterRegistry(), 2);
    private final Proxy proxy =
            Meshes.sidecar("storefront-v1", network + "2", Proxy.Interception.REDIRECT);
    private final Server server;
    private final EnvoyProcess envoy;

    CapturedPod() throws Exception {
        Assumptions.assumeTrue(
                "root".equals(System.getProperty("user.name"))
                        && System.getProperty("os.name").equals("Linux"),
                "network namespaces need root on Linux");
        for (var program : List.of("ip", "iptables-nft", "setpriv", "bash")) {
            Assumptions.assumeTrue(
                    List.of("/usr/sbin", "/usr/bin", "/sbin", "/bin").stream()
                            .anyMatch(folder -> Files.isExecutable(Path.of(folder, program))),
                    program + " is not installed");
        }
        run("ip", "netns", "add", name);
        try {
            run("ip", "-n", name, "link", "set", "lo", "up");
            var cable = "cap" + ProcessHandle.current().pid();
            run(
                    "ip", "-n", name, "link", "add", "eth0", "type", "veth", "peer", "name", cable,
                    "netns", "1");
            for (var host : List.of("1", "10", "11", "12", "13")) {
                run("ip", "address", "add", network + host + "/24", "dev", cable);
            }
            run("ip", "link", "set", cable, "up");
            run("ip", "-n", name, "address", "add", network + "2/24", "dev", "eth0");
            run("ip", "-n", name, "link", "set", "eth0", "up");
            run("ip", "-n", name, "route", "add", "default", "via", network + "1");
            run("ip", "netns", "exec", name, MESH_INIT.toAbsolutePath().toString());
            server =
                    NettyServerBuilder.forAddress(new InetSocketAddress(network + "1", 0))
                            .directExecutor()
                            .addService(ads.service())
                            .addService(new TestSecrets())
                            .build()
                            .start();
            envoy =
                    EnvoyProcess.startBy(
                            List.of(
                                    "ip",
                                    "netns",
                                    "exec",
                                    name,
                                    "setpriv",
                                    "--regid=" + PROXY_GROUP,
                                    "--clear-groups"),
                            TestBootstrap.of(proxy, server.getPort(), "DELTA_GRPC")
                                    .replace(
                                            "\"address\": \"127.0.0.1\", \"port_value\": "
                                                    + server.getPort(),
                                            "\"address\": \"%s1\", \"port_value\": %d"
                                                    .formatted(network, server.getPort())));
        } catch (Exception | AssertionError failure) {
            run("ip", "netns", "del", name);
            throw failure;
        }
    }

    /// The text with the addresses of this run: `198.18.0.` is the cable's network.
    String placed(String text) {
        return text.replace("198.18.0.", network);
    }

    void serve(String revision, String config) {
        var translation =
                Translation.of(Meshes.snapshot(Meshes.config(revision, placed(config)), proxy));
        ads.publish(translation::configFor, AdsServer.Audience.EVERYONE);
        await().atMost(LIMIT)
                .untilAsserted(() -> {
                    assertThat(ads.status()).hasSize(1);
                    assertThat(ads.status().getFirst().errors()).isEmpty();
                    assertThat(ads.status().getFirst().state())
                            .isEqualTo(ConnectionStatus.State.SYNCED);
                    assertThat(ads.status().getFirst().revisionInForce()).isEqualTo(revision);
                });
    }

    /// A server that speaks first, as a database does: says its name, then repeats a line.
    ///
    /// @param host last part of its address
    void listen(String host, int port, String says) throws IOException {
        var socket = new ServerSocket(port, 50, InetAddress.getByName(network + host));
        servers.add(socket);
        Thread.ofVirtual()
                .start(() -> {
                    while (!socket.isClosed()) {
                        try {
                            var client = socket.accept();
                            Thread.ofVirtual().start(() -> answer(client, says));
                        } catch (IOException _) {
                            return;
                        }
                    }
                });
    }

    private static void answer(Socket client, String says) {
        try (client) {
            var out = client.getOutputStream();
            out.write((says + "\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
            var in = client.getInputStream();
            for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
                out.write(next);
            }
            out.write('\n');
        } catch (IOException _) {
            // the client has gone
        }
    }

    /// What a program in the pod gets that connects, and only then says something.
    ///
    /// @return what came until the connection was closed; empty when nothing did
    String connect(String address, int port, String says) throws Exception {
        return inPod(
                "exec 3<>/dev/tcp/%s/%d; printf '%s' >&3; cat <&3 2>/dev/null; true",
                address, port, says);
    }

    /// What a program in the pod hears first that connects and says nothing.
    String hear(String address, int port) throws Exception {
        return inPod("exec 3<>/dev/tcp/%s/%d; head -n 1 <&3", address, port, "");
    }

    private String inPod(String script, String address, int port, String says) throws Exception {
        return run(
                "ip",
                "netns",
                "exec",
                name,
                "setpriv",
                "--reuid=" + APPLICATION_UID,
                "--regid=" + APPLICATION_UID,
                "--clear-groups",
                "timeout",
                "10",
                "bash",
                "-c",
                script.formatted(placed(address), port, says));
    }

    private static String run(String... command) throws Exception {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        var out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("%s: %s", List.of(command), out).isZero();
        return out.strip();
    }

    @Override
    public void close() throws Exception {
        envoy.close();
        ads.close();
        server.shutdownNow();
        for (var socket : servers) {
            socket.close();
        }
        run("ip", "netns", "del", name);
    }
}
