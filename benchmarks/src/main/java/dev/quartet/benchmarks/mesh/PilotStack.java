package dev.quartet.benchmarks.mesh;

import dev.quartet.identity.AccessList;
import dev.quartet.identity.ServiceIdentity;
import dev.quartet.identity.SpiffeId;
import dev.quartet.testkit.ServiceProcess;
import io.grpc.Server;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/// A real Pilot with a real Citadel, and this process in Galley's place.
public final class PilotStack implements AutoCloseable {
    private final Ground ground;
    private final List<ServiceIdentity> proxies = new ArrayList<>();
    private ConfigSource source;
    private ServiceProcess pilot;
    private long startedNanos;

    /// @param jar Pilot's
    /// @param pilotFlags of Pilot's JVM
    @SuppressWarnings("NullAway.Init") // all fields are set, or this throws
    public PilotStack(Path root, Path folder, ShopConfig config, Path jar, List<String> pilotFlags)
            throws IOException, InterruptedException {
        this.ground =
                new Ground(
                        root,
                        folder,
                        IntStream.range(0, ShopConfig.NAMESPACES)
                                .mapToObj(namespace -> ShopConfig.namespace(namespace) + "/default")
                                .toList());
        try {
            start(config, jar, pilotFlags);
        } catch (IOException | InterruptedException | RuntimeException failure) {
            close();
            throw failure;
        }
    }

    private void start(ShopConfig config, Path jar, List<String> pilotFlags)
            throws IOException, InterruptedException {
        source = new ConfigSource(config.collections(port(9091)));
        var citadelId = Ground.id("citadel");
        var server =
                ground.identity("galley")
                        .server(new InetSocketAddress("127.0.0.1", port(9901)))
                        .intercept(
                                AccessList.builder()
                                        .allow(
                                                "istio.mcp.v1alpha1.ResourceSource",
                                                pilotId(),
                                                citadelId)
                                        .allow(
                                                "quartet.status.v1.ConfigStatus",
                                                pilotId(),
                                                citadelId)
                                        .build())
                        .addService(source)
                        .addService(new ReportSink())
                        .build()
                        .start();
        ground.onClose(() -> stop(server));
        startedNanos = System.nanoTime();
        pilot =
                ground.start(
                        "pilot", jar, pilotFlags, List.of("--quartet.pilot.plaintext-xds=true"));
        pilot.awaitReady(port(8080), Ground.START);
    }

    /// A certificate for the proxies of each namespace, by its number.
    public List<ServiceIdentity> proxyIdentities() throws IOException, InterruptedException {
        if (proxies.isEmpty()) {
            for (var namespace = 0; namespace < ShopConfig.NAMESPACES; namespace++) {
                proxies.add(ground.identity(ShopConfig.namespace(namespace), "default"));
            }
        }
        return proxies;
    }

    public SpiffeId pilotId() {
        return Ground.id("pilot");
    }

    public int port(int base) {
        return ground.port(base);
    }

    public ConfigSource source() {
        return source;
    }

    /// `System.nanoTime()` before Pilot's process was made.
    public long pilotStartedNanos() {
        return startedNanos;
    }

    public ServiceProcess pilot() {
        return pilot;
    }

    private static void stop(Server server) throws InterruptedException {
        server.shutdownNow();
        server.awaitTermination(5, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        ground.close();
    }
}
