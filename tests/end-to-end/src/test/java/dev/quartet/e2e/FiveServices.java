package dev.quartet.e2e;

import static org.awaitility.Awaitility.await;

import dev.quartet.testkit.Folders;
import dev.quartet.testkit.FreePorts;
import dev.quartet.testkit.PlainHttp;
import dev.quartet.testkit.ServiceProcess;
import dev.quartet.testkit.SourceTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The services as a user starts them one by one, each by `java -jar` and nothing between: in a folder of their own, on free ports.
final class FiveServices implements AutoCloseable {
    static final Duration START = Duration.ofSeconds(90);

    /// As `./mesh` starts them.
    private static final List<String> FLAGS =
            List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xss512k");

    /// Mixer's port for the mesh metrics lies among those that the kernel gives to outgoing connections, and one of them can hold
    /// it when Mixer starts. Here it has one below.
    private static final int MESH_METRICS = 42422;

    private static final int MESH_METRICS_HERE = 14422;

    private static final int[] OTHER_PORTS = {
        8060, 9091, 9443, 9444, 9901, 15011, MESH_METRICS_HERE
    };

    /// Plaintext xDS, which is off: held, so that no other mesh takes these ports between two starts.
    private static final int HELD_PORT = 15010;

    private static final Pattern LOCAL_PORT = Pattern.compile("127\\.0\\.0\\.1:(\\d+)");

    enum Service {
        CITADEL("citadel-service", 8082, 15214),
        GALLEY("galley-service", 8081, 15114),
        PILOT("pilot-service", 8080, 15014),
        MIXER("mixer-service", 8083, 15314),
        INJECTOR("sidecar-injector", 8084, 15414);

        private final String module;
        private final int restPort;
        private final int metricsPort;

        Service(String module, int restPort, int metricsPort) {
            this.module = module;
            this.restPort = restPort;
            this.metricsPort = metricsPort;
        }

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        String module() {
            return module;
        }

        String identity() {
            return "istio-system/istio-"
                    + (this == INJECTOR ? module : label())
                    + "-service-account";
        }
    }

    private final Path folder;
    private final int offset;
    private final ServerSocket held;
    private final Map<Service, ServiceProcess> running = new EnumMap<>(Service.class);

    FiveServices() {
        var ports = IntStream.builder().add(HELD_PORT);
        for (var port : OTHER_PORTS) {
            ports.add(port);
        }
        for (var service : Service.values()) {
            ports.add(service.restPort).add(service.metricsPort);
        }
        offset = FreePorts.offset(ports.build().toArray());
        try {
            held = new ServerSocket(port(HELD_PORT), 1, InetAddress.getLoopbackAddress());
            folder = Files.createTempDirectory("services");
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    Path folder() {
        return folder;
    }

    Path trust() {
        return folder.resolve("trust");
    }

    Path state(Service service) {
        return folder.resolve("state").resolve(service.label());
    }

    int port(int base) {
        return (base == MESH_METRICS ? MESH_METRICS_HERE : base) + offset;
    }

    /// A text that names ports of a mesh without an offset, with the ports that these services have.
    String moved(String text) {
        return LOCAL_PORT
                .matcher(text)
                .replaceAll(port -> "127.0.0.1:" + port(Integer.parseInt(port.group(1))));
    }

    /// `citadel init-trust` for the services themselves and others.
    void initTrust(String... identities) {
        var arguments =
                new ArrayList<>(
                        List.of(
                                "init-trust",
                                "--state-dir",
                                state(Service.CITADEL).toString(),
                                "--out",
                                trust().toString()));
        for (var service : Service.values()) {
            arguments.addAll(List.of("--sa", service.identity()));
        }
        for (var identity : identities) {
            arguments.addAll(List.of("--sa", identity));
        }
        ServiceProcess.run("init-trust", jar(Service.CITADEL), arguments, folder);
    }

    static Path jar(Service service) {
        return ServiceProcess.jar(SourceTree.root(), service.module());
    }

    /// Starts it and waits until it lives. Once there is a trust folder it takes its token from there.
    void start(Service service, String... more) {
        launch(service, jar(service), List.of(), more);
        awaitLive(service);
    }

    /// Starts it and waits for nothing.
    ///
    /// @param flags more flags of its JVM
    void launch(Service service, Path jar, List<String> flags, String... more) {
        if (running.containsKey(service)) {
            throw new IllegalStateException(service + " runs already");
        }
        var arguments =
                new ArrayList<>(
                        List.of(
                                "--quartet.state-dir=" + state(service),
                                "--quartet.port-offset=" + offset));
        if (service == Service.MIXER) {
            arguments.add("--quartet.mixer.metrics-port=" + MESH_METRICS_HERE);
        }
        var trust = trust().resolve(service.identity());
        if (Files.isDirectory(trust)) {
            arguments.add("--quartet.identity.token-file=" + trust.resolve("token"));
            arguments.add("--quartet.identity.root-cert-file=" + trust.resolve("root-cert.pem"));
        }
        arguments.addAll(List.of(more));
        var jvm = new ArrayList<>(FLAGS);
        jvm.addAll(flags);
        running.put(service, ServiceProcess.start(service.label(), jar, jvm, arguments, folder));
    }

    void awaitLive(Service service) {
        await(service + " lives")
                .atMost(START)
                .until(() -> {
                    requireAlive(service);
                    return probe(service, "live").status() == 200;
                });
    }

    void awaitReady(Service service) {
        await().atMost(START)
                .untilAsserted(() -> {
                    requireAlive(service);
                    var ready = probe(service, "ready");
                    if (ready.status() != 200) {
                        throw new AssertionError(service + " " + ready.body());
                    }
                });
    }

    private void requireAlive(Service service) {
        var process = running.get(service);
        if (process == null || !process.alive()) {
            throw new IllegalStateException(
                    service
                            + " does not run any more:\n"
                            + (process == null ? "" : process.lastWords()));
        }
    }

    void stop(Service service) {
        var process = running.remove(service);
        if (process != null) {
            process.close();
        }
    }

    void stopAll() {
        running.values().parallelStream().forEach(ServiceProcess::close);
        running.clear();
    }

    void killAll() {
        running.values().forEach(ServiceProcess::kill);
        running.clear();
    }

    /// What its metrics port says; status 0 while nobody listens there.
    PlainHttp.Answer probe(Service service, String which) {
        try {
            return PlainHttp.get(
                    new InetSocketAddress("127.0.0.1", port(service.metricsPort)),
                    "/healthz/" + which,
                    Map.of());
        } catch (UncheckedIOException nobody) {
            return new PlainHttp.Answer(0, Map.of(), "does not answer: " + nobody.getMessage());
        }
    }

    /// A REST call with the admin token.
    ///
    /// @param contentType of the body
    PlainHttp.Answer rest(
            Service service,
            String method,
            String path,
            String contentType,
            @Nullable String body) {
        var headers = new LinkedHashMap<String, String>();
        try {
            headers.put(
                    "Authorization",
                    "Bearer " + Files.readString(state(service).resolve("admin-token")).strip());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        if (body != null) {
            headers.put("Content-Type", contentType);
        }
        return PlainHttp.request(
                method,
                new InetSocketAddress("127.0.0.1", port(service.restPort)),
                path,
                headers,
                body);
    }

    PlainHttp.Answer get(Service service, String path) {
        return rest(service, "GET", path, "", null);
    }

    @Override
    public void close() {
        stopAll();
        Folders.delete(folder);
        try {
            held.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
