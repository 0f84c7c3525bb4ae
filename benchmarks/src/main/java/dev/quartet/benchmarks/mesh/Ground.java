package dev.quartet.benchmarks.mesh;

import dev.quartet.identity.IdentitySettings;
import dev.quartet.identity.ServiceIdentity;
import dev.quartet.identity.SpiffeId;
import dev.quartet.testkit.FreePorts;
import dev.quartet.testkit.ServiceProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// What a service under measurement stands on: a real Citadel, everybody's first credentials, and free ports of loopback.
public final class Ground implements AutoCloseable {
    static final String CONTROL_PLANE = "istio-system";
    static final Duration START = Duration.ofSeconds(60);
    private static final String TRUST_DOMAIN = "cluster.local";
    private static final int[] PORTS = {
        8080, 8081, 8082, 15014, 15114, 15214, 15010, 15011, 8060, 9901
    };

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final Path root;
    private final Path folder;
    private final int offset = FreePorts.offset(PORTS);

    /// @param folder for state and trust
    /// @param workloads `namespace/account` of those who get a token beside the services
    public Ground(Path root, Path folder, List<String> workloads) {
        this.root = root;
        this.folder = folder;
        try {
            start(workloads);
        } catch (IOException | RuntimeException failure) {
            close();
            throw new IllegalStateException("Citadel does not start", failure);
        }
    }

    private void start(List<String> workloads) throws IOException {
        var citadelJar = ServiceProcess.jar(root, "citadel-service");
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
        workloads.forEach(workload -> trust.addAll(List.of("--sa", workload)));
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
    }

    /// Starts a service on this ground; it is stopped with it.
    ///
    /// @param jvm flags
    /// @param more arguments of its own
    public ServiceProcess start(String service, List<String> jvm, List<String> more)
            throws IOException {
        return start(service, ServiceProcess.jar(root, service + "-service"), jvm, more);
    }

    /// @param jar of the service
    ServiceProcess start(String service, Path jar, List<String> jvm, List<String> more)
            throws IOException {
        var process = ServiceProcess.start(service, jar, jvm, arguments(service, more), folder);
        opened.add(process);
        return process;
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

    static String account(String service) {
        return "istio-" + service + "-service-account";
    }

    static SpiffeId id(String service) {
        return SpiffeId.controlPlane(TRUST_DOMAIN, account(service));
    }

    /// Of a service, in this process.
    ServiceIdentity identity(String service) throws IOException, InterruptedException {
        return identity(CONTROL_PLANE, account(service));
    }

    ServiceIdentity identity(String namespace, String account)
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

    public int port(int base) {
        return base + offset;
    }

    /// Closes a part before this ground is closed, or with it.
    void onClose(AutoCloseable part) {
        opened.add(part);
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
