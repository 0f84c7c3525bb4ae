package dev.quartet.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A whole mesh, started, asked and stopped by the `mesh` command alone, as a user would: in a folder of its own, on free ports. It is
/// built already; the command is told not to look. [#close()] takes the mesh down and fails when a process is left.
public final class MeshUnderTest implements AutoCloseable {
    public static final List<String> SERVICES =
            List.of("citadel", "galley", "pilot", "mixer", "injector");

    /// Sidecars by workload, with the last number of their address.
    private static final Map<String, Integer> HOSTS =
            Map.of(
                    "storefront-v1",
                    1,
                    "details-v1",
                    2,
                    "ratings-v1",
                    3,
                    "reviews-v1",
                    4,
                    "reviews-v2",
                    5,
                    "reviews-v3",
                    6);

    private static final Map<String, Integer> REST_PORTS =
            Map.of("pilot", 8080, "galley", 8081, "citadel", 8082, "mixer", 8083, "injector", 8084);
    private static final Map<String, Integer> METRICS_PORTS =
            Map.of(
                    "pilot",
                    15014,
                    "galley",
                    15114,
                    "citadel",
                    15214,
                    "mixer",
                    15314,
                    "injector",
                    15414);
    private static final int[] PORTS = {
        8000, 8080, 8081, 8082, 8083, 8084, 9090, 15014, 15114, 15214, 15314, 15414, 9901, 15010,
        15011, 8060, 9091, 42422, 9443, 9444, 15000, 15020
    };
    private static final Duration COMMAND = Duration.ofMinutes(6);

    private final Path home;
    private final int portOffset;

    /// What a command has said.
    public record Result(int exitCode, String out, String err, Duration time) {
        /// @throws AssertionError with everything it has said, when it failed
        public Result orFail() {
            if (exitCode != 0) {
                throw new AssertionError("exit code " + exitCode + ":\n" + out + err);
            }
            return this;
        }
    }

    private MeshUnderTest(Path home, int portOffset) {
        this.home = home;
        this.portOffset = portOffset;
    }

    /// @param options more options of `mesh up`
    /// @throws AssertionError with its output when it does not come up
    public static MeshUnderTest up(String... options) {
        var mesh = prepare();
        try {
            mesh.start(options).orFail();
            return mesh;
        } catch (RuntimeException | AssertionError failure) {
            mesh.close();
            throw failure;
        }
    }

    /// One that runs already, for those who work on tests: its `--home`. [#close()] is not for it.
    public static MeshUnderTest running(Path home) {
        try {
            var file = (Map<?, ?>) Json.read(Files.readString(home.resolve("run/mesh.json")));
            return new MeshUnderTest(
                    home, Integer.parseInt(String.valueOf(file.get("portOffset"))));
        } catch (IOException failure) {
            throw new UncheckedIOException("no mesh runs from " + home, failure);
        }
    }

    /// One that is not started yet.
    public static MeshUnderTest prepare() {
        try {
            return new MeshUnderTest(Files.createTempDirectory("mesh"), FreePorts.offset(PORTS));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    public Result start(String... options) {
        return start(Map.of(), options);
    }

    /// @param environment in addition; an empty value takes a variable away
    public Result start(Map<String, String> environment, String... options) {
        var words = new ArrayList<>(List.of("up", "--port-offset", Integer.toString(portOffset)));
        words.addAll(List.of(options));
        return command(environment, words.toArray(String[]::new));
    }

    /// `mesh` with these words and this mesh's `--home`.
    public Result command(String... words) {
        return command(Map.of(), words);
    }

    public Result command(Map<String, String> environment, String... words) {
        var all = new ArrayList<>(List.of(words));
        all.addAll(1, List.of("--home", home.toString()));
        return run(environment, null, all);
    }

    /// The launcher alone, from the source tree.
    ///
    /// @param input for its standard input, null for none
    public static Result run(
            Map<String, String> environment, @Nullable String input, List<String> words) {
        return run(SourceTree.root().resolve("mesh"), environment, input, words);
    }

    /// Another copy of the launcher, in its own folder.
    public static Result run(
            Path launcher,
            Map<String, String> environment,
            @Nullable String input,
            List<String> words) {
        var command = new ArrayList<>(List.of(launcher.toString()));
        command.addAll(words);
        try {
            var out = Files.createTempFile("mesh", ".out");
            var err = Files.createTempFile("mesh", ".err");
            try {
                var start = System.nanoTime();
                var builder =
                        new ProcessBuilder(command)
                                .directory(launcher.resolveSibling(".").toAbsolutePath().toFile())
                                .redirectOutput(out.toFile())
                                .redirectError(err.toFile());
                builder.environment().put("MESH_NO_BUILD", "1");
                builder.environment().remove("MAVEN_OPTS");
                environment.forEach((name, value) -> {
                    if (value.isEmpty()) {
                        builder.environment().remove(name);
                    } else {
                        builder.environment().put(name, value);
                    }
                });
                var process = builder.start();
                try (var stdin = process.outputWriter()) {
                    stdin.write(input == null ? "" : input);
                } catch (IOException _) {
                    // it ended without reading
                }
                if (!process.waitFor(COMMAND.toSeconds(), TimeUnit.SECONDS)) {
                    process.destroyForcibly().waitFor();
                    throw new AssertionError(
                            "mesh "
                                    + String.join(" ", words)
                                    + " takes longer than "
                                    + COMMAND
                                    + ":\n"
                                    + Files.readString(out)
                                    + Files.readString(err));
                }
                return new Result(
                        process.exitValue(),
                        Files.readString(out),
                        Files.readString(err),
                        Duration.ofNanos(System.nanoTime() - start));
            } finally {
                Files.deleteIfExists(out);
                Files.deleteIfExists(err);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot run mesh " + String.join(" ", words), failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    /// Applies a file of the source tree, and waits until it is in force.
    public Result apply(String file) {
        return command("apply", "-f", SourceTree.root().resolve(file).toString());
    }

    public Result delete(String file) {
        return command("delete", "-f", SourceTree.root().resolve(file).toString());
    }

    /// Applies YAML text under a file name of its own.
    public Result applyText(String name, String yaml) {
        return command("apply", "-f", write(name, yaml).toString());
    }

    public Result deleteText(String name, String yaml) {
        return command("delete", "-f", write(name, yaml).toString());
    }

    private Path write(String name, String yaml) {
        try {
            var file = Files.createDirectories(home.resolve("test-files")).resolve(name);
            return Files.writeString(file, yaml);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    public Path home() {
        return home;
    }

    public int port(int base) {
        return base + portOffset;
    }

    public InetSocketAddress gateway() {
        return new InetSocketAddress("127.0.0.1", port(8000));
    }

    /// @param workload `reviews-v1`, or `ingressgateway`
    public String addressOf(String workload) {
        var host = HOSTS.get(workload);
        return host == null
                ? "127.0.0.1"
                : "127.%d.0.%d".formatted(1 + Math.floorMod(portOffset / 100, 250), host);
    }

    public static List<String> sidecars() {
        return HOSTS.keySet().stream().sorted().toList();
    }

    /// Where others of the mesh reach a workload: its sidecar.
    public InetSocketAddress inbound(String workload) {
        return new InetSocketAddress(addressOf(workload), 9080);
    }

    /// Where a workload sends what it wants from the mesh.
    public InetSocketAddress outboundProxy(String workload) {
        return new InetSocketAddress(addressOf(workload), 15002);
    }

    public InetSocketAddress envoyAdmin(String workload) {
        return new InetSocketAddress(
                addressOf(workload), HOSTS.containsKey(workload) ? 15000 : port(15000));
    }

    public InetSocketAddress prometheus() {
        return new InetSocketAddress("127.0.0.1", port(9090));
    }

    public InetSocketAddress rest(String service) {
        return new InetSocketAddress("127.0.0.1", port(REST_PORTS.getOrDefault(service, 0)));
    }

    /// What a service's own metrics port shows.
    public String metrics(String service) {
        var port = new InetSocketAddress("127.0.0.1", port(METRICS_PORTS.getOrDefault(service, 0)));
        return PlainHttp.get(port, "/metrics", Map.of()).body();
    }

    public String adminToken() {
        try {
            return Files.readString(home.resolve("admin-token")).strip();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// A REST call with the admin token.
    public PlainHttp.Answer rest(
            String service, String method, String path, @Nullable String json) {
        var headers = new LinkedHashMap<String, String>();
        headers.put("Authorization", "Bearer " + adminToken());
        if (json != null) {
            headers.put("Content-Type", "application/json");
        }
        return PlainHttp.request(method, rest(service), path, headers, json);
    }

    /// Asks the injector's webhook, as the apiserver does.
    ///
    /// @param review an AdmissionReview in JSON
    /// @return its answer
    public String admission(String review) {
        try {
            return TrustingHttps.postJson(
                    home.resolve("trust/istio-system/istio-pilot-service-account/root-cert.pem"),
                    "https://127.0.0.1:" + port(9444) + "/inject",
                    review);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    /// A JSON answer as maps, lists and scalars.
    public Object json(String service, String path) {
        return Json.read(rest(service, "GET", path, null).body());
    }

    /// Pilot's proxies by workload instance, with their state; empty when Pilot does not answer.
    public Map<String, String> proxyStates() {
        var states = new TreeMap<String, String>();
        try {
            if (json("pilot", "/admin/v1/proxies") instanceof List<?> proxies) {
                for (var proxy : proxies) {
                    if (proxy instanceof Map<?, ?> fields) {
                        states.put(
                                String.valueOf(fields.get("instance")),
                                String.valueOf(fields.get("state")));
                    }
                }
            }
        } catch (UncheckedIOException | IllegalStateException _) {
            // not there at the moment
        }
        return states;
    }

    /// Whether this service is ready to work.
    public boolean ready(String service) {
        try {
            return PlainHttp.get(rest(service), "/actuator/health/readiness", Map.of()).status()
                    == 200;
        } catch (UncheckedIOException _) {
            return false;
        }
    }

    /// Whether the newest revision is in force on all proxies and in every Mixer.
    public boolean inForce() {
        return reached("?timeout=1ms");
    }

    /// The same of one revision, which gets five seconds for it.
    public boolean inForceSoon(String revision) {
        return reached("?timeout=5s&revision=" + revision);
    }

    private boolean reached(String query) {
        try {
            return json("galley", "/admin/v1/config/wait" + query) instanceof Map<?, ?> view
                    && Boolean.TRUE.equals(view.get("reached"));
        } catch (UncheckedIOException _) {
            return false;
        }
    }

    /// All services ready, all seven proxies connected and synced, the newest revision in force.
    public boolean inSync() {
        var states = proxyStates();
        return SERVICES.stream().allMatch(this::ready)
                && states.size() == HOSTS.size() + 1
                && states.values().stream().allMatch("SYNCED"::equals)
                && inForce();
    }

    /// @throws AssertionError saying what is missing, when it takes longer
    public void awaitInSync(Duration limit) {
        var end = System.nanoTime() + limit.toNanos();
        while (!inSync()) {
            if (System.nanoTime() > end) {
                throw new AssertionError(
                        "the mesh is not in sync after "
                                + limit.toSeconds()
                                + " s: services ready "
                                + SERVICES.stream().filter(this::ready).toList()
                                + ", proxies "
                                + proxyStates()
                                + ", newest revision in force: "
                                + inForce());
            }
            LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
        }
    }

    /// @param process a name of `mesh restart`
    public long pid(String process) {
        return pidFile(process)
                .map(lines -> Long.parseLong(lines.getFirst()))
                .orElseThrow(() -> new IllegalStateException(process + " does not run"));
    }

    /// When it was started.
    public Instant startOf(String process) {
        return pidFile(process)
                .map(lines -> Instant.ofEpochMilli(Long.parseLong(lines.get(1))))
                .orElseThrow(() -> new IllegalStateException(process + " does not run"));
    }

    private Optional<List<String>> pidFile(String process) {
        try {
            var file = home.resolve("run").resolve(process + ".pid");
            return Files.exists(file) ? Optional.of(Files.readAllLines(file)) : Optional.empty();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// As `kill -9` does; returns when it is gone.
    public void kill(String process) {
        ProcessHandle.of(pid(process))
                .ifPresent(handle -> {
                    handle.destroyForcibly();
                    handle.onExit().join();
                });
    }

    public Result restart(String process) {
        return command("restart", process);
    }

    public String log(String process) {
        return Processes.tail(home.resolve("logs").resolve(process + ".log"), Integer.MAX_VALUE);
    }

    /// Every process that `mesh up` has started and that still runs: those that carry this mesh's folder or ports.
    public List<ProcessHandle> left() {
        var files = home.resolve("run");
        var mark = home.toString();
        var self = ProcessHandle.current();
        var pids = new ArrayList<Long>();
        try {
            if (Files.isDirectory(files)) {
                try (var all = Files.newDirectoryStream(files, "*.pid")) {
                    for (var file : all) {
                        pids.add(Long.parseLong(Files.readAllLines(file).getFirst()));
                    }
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return ProcessHandle.allProcesses()
                .filter(process -> process.pid() != self.pid())
                .filter(process ->
                        pids.contains(process.pid())
                                || process.info()
                                        .commandLine()
                                        .map(line -> line.contains(mark))
                                        .orElse(false))
                .filter(ProcessHandle::isAlive)
                .toList();
    }

    /// Takes the mesh down as a user would.
    public Result down() {
        return command("down");
    }

    /// Takes it down and its folder away. What is left over is ended, and is a failure.
    @Override
    public void close() {
        var result = down();
        var left = left();
        left.forEach(ProcessHandle::destroyForcibly);
        if (System.getenv("QUARTET_KEEP_LOGS") == null) {
            Folders.delete(home);
        }
        if (result.exitCode() != 0 || !left.isEmpty()) {
            throw new AssertionError(
                    "mesh down ended with "
                            + result.exitCode()
                            + " and left "
                            + left.stream()
                                    .map(process ->
                                            process.pid()
                                                    + " "
                                                    + process.info().commandLine().orElse(""))
                                    .toList()
                            + ":\n"
                            + result.out()
                            + result.err());
        }
    }
}
