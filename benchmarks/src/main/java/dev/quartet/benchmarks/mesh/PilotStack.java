package dev.quartet.benchmarks.mesh;

import dev.quartet.identity.AccessList;
import dev.quartet.identity.IdentitySettings;
import dev.quartet.identity.ServiceIdentity;
import dev.quartet.identity.SpiffeId;
import dev.quartet.testkit.FreePorts;
import dev.quartet.testkit.ServiceProcess;
import io.grpc.Server;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A real Pilot with a real Citadel, and this process in Galley's place, on free ports of loopback.
public final class PilotStack implements AutoCloseable {
    private static final String TRUST_DOMAIN = "cluster.local";
    private static final String CONTROL_PLANE = "istio-system";
    private static final Duration START = Duration.ofSeconds(60);
    private static final int[] PORTS = {8080, 8082, 15014, 15214, 15010, 15011, 8060, 9901};

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final Path folder;
    private final int offset = FreePorts.offset(PORTS);
    private final List<ServiceIdentity> proxies = new ArrayList<>();
    private ConfigSource source;
    private ServiceProcess pilot;

    /// @param pilotFlags of Pilot's JVM
    @SuppressWarnings("NullAway.Init") // all fields are set, or this throws
    public PilotStack(Path root, Path folder, ShopConfig config, List<String> pilotFlags)
            throws IOException, InterruptedException {
        this.folder = folder;
        try {
            start(root, config, pilotFlags);
        } catch (IOException | InterruptedException | RuntimeException failure) {
            close();
            throw failure;
        }
    }

    private void start(Path root, ShopConfig config, List<String> pilotFlags)
            throws IOException, InterruptedException {
        var citadelJar = ServiceProcess.jar(root, "citadel-service");
        var pilotJar = ServiceProcess.jar(root, "pilot-service");
        var trust =
                new ArrayList<>(
                        List.of(
                                "init-trust",
                                "--state-dir",
                                folder.resolve("state/citadel").toString(),
                                "--out",
                                folder.resolve("trust").toString()));
        for (var service : List.of("citadel", "pilot", "galley")) {
            trust.addAll(List.of("--sa", CONTROL_PLANE + "/" + account(service)));
        }
        for (var namespace = 0; namespace < ShopConfig.NAMESPACES; namespace++) {
            trust.addAll(List.of("--sa", ShopConfig.namespace(namespace) + "/default"));
        }
        ServiceProcess.run("init-trust", citadelJar, trust, folder);

        var citadel =
                ServiceProcess.start(
                        "citadel",
                        citadelJar,
                        List.of("-Xmx128m", "-XX:+UseSerialGC"),
                        arguments("citadel", List.of()),
                        folder);
        opened.add(citadel);
        citadel.awaitReady(port(8082), START);

        var galley = identity(CONTROL_PLANE, account("galley"));
        source = new ConfigSource(config.collections(port(9091)));
        var pilotId = SpiffeId.controlPlane(TRUST_DOMAIN, account("pilot"));
        var citadelId = SpiffeId.controlPlane(TRUST_DOMAIN, account("citadel"));
        var server =
                galley.server(new InetSocketAddress("127.0.0.1", port(9901)))
                        .intercept(
                                AccessList.builder()
                                        .allow(
                                                "istio.mcp.v1alpha1.ResourceSource",
                                                pilotId,
                                                citadelId)
                                        .allow("quartet.status.v1.ConfigStatus", pilotId, citadelId)
                                        .build())
                        .addService(source)
                        .addService(new ReportSink())
                        .build()
                        .start();
        opened.add(() -> stop(server));

        pilot =
                ServiceProcess.start(
                        "pilot",
                        pilotJar,
                        pilotFlags,
                        arguments("pilot", List.of("--quartet.pilot.plaintext-xds=true")),
                        folder);
        opened.add(pilot);
        pilot.awaitReady(port(8080), START);
    }

    private List<String> arguments(String service, List<String> more) throws IOException {
        var trust = folder.resolve("trust").resolve(CONTROL_PLANE).resolve(account(service));
        var state = folder.resolve("state").resolve(service);
        Files.createDirectories(state);
        var arguments =
                new ArrayList<>(
                        List.of(
                                "--quartet.state-dir=" + state,
                                "--quartet.port-offset=" + offset,
                                "--quartet.admin.token-file=" + folder.resolve("admin-token"),
                                "--quartet.identity.token-file=" + trust.resolve("token"),
                                "--quartet.identity.root-cert-file="
                                        + trust.resolve("root-cert.pem"),
                                "--quartet.identity.service-account=" + account(service),
                                "--quartet.identity.citadel-address=127.0.0.1:" + port(8060),
                                "--quartet.galley.address=127.0.0.1:" + port(9901)));
        arguments.addAll(more);
        return arguments;
    }

    private static String account(String service) {
        return "istio-" + service + "-service-account";
    }

    private ServiceIdentity identity(String namespace, String account)
            throws IOException, InterruptedException {
        var trust = folder.resolve("trust").resolve(namespace).resolve(account);
        var identity =
                ServiceIdentity.start(
                        new IdentitySettings(
                                folder.resolve("identities").resolve(namespace + "-" + account),
                                TRUST_DOMAIN,
                                namespace,
                                account,
                                trust.resolve("token"),
                                trust.resolve("root-cert.pem"),
                                "127.0.0.1:" + port(8060)),
                        Clock.systemUTC());
        opened.add(identity);
        if (!identity.awaitReady(START)) {
            throw new IllegalStateException(
                    "Citadel gives no certificate for " + namespace + "/" + account);
        }
        return identity;
    }

    /// A certificate for the proxies of each namespace, by its number.
    public List<ServiceIdentity> proxyIdentities() throws IOException, InterruptedException {
        if (proxies.isEmpty()) {
            for (var namespace = 0; namespace < ShopConfig.NAMESPACES; namespace++) {
                proxies.add(identity(ShopConfig.namespace(namespace), "default"));
            }
        }
        return proxies;
    }

    public SpiffeId pilotId() {
        return SpiffeId.controlPlane(TRUST_DOMAIN, account("pilot"));
    }

    public int port(int base) {
        return base + offset;
    }

    public ConfigSource source() {
        return source;
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
        for (var part : opened.reversed()) {
            try {
                part.close();
            } catch (Exception failure) {
                System.err.println("cannot stop a part: " + failure);
            }
        }
        opened.clear();
    }
}
