package dev.quartet.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.awaitility.Awaitility;

/// A stock Envoy with a bootstrap of the test's choosing. The bootstrap needs an `admin` with a port (0 is fine: the real one is found).
/// [#close()] ends it and takes its folder away; it does so too when a start fails.
public final class EnvoyProcess implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(20);
    private static final Duration POLL = Duration.ofMillis(20);

    private final Path folder;
    private final Process process;
    private final InetSocketAddress admin;

    private EnvoyProcess(Path folder, Process process, InetSocketAddress admin) {
        this.folder = folder;
        this.process = process;
        this.admin = admin;
    }

    /// Starts it and waits until its admin interface answers; the listeners may come later ([#awaitReady()]).
    ///
    /// @param bootstrap JSON or YAML
    /// @throws org.opentest4j.TestAbortedException when there is no Envoy on this machine
    /// @throws IllegalStateException when it ends at once, with its words
    public static EnvoyProcess start(String bootstrap, String... arguments) {
        return startBy(List.of(), bootstrap, arguments);
    }

    /// The same by another program, say `ip netns exec pod`; its admin interface is then where that program takes it.
    ///
    /// @param by the program and its arguments
    public static EnvoyProcess startBy(List<String> by, String bootstrap, String... arguments) {
        var program = EnvoyBinary.required();
        Path folder;
        Process process;
        try {
            folder = Files.createTempDirectory("envoy");
            Files.writeString(folder.resolve("bootstrap.yaml"), bootstrap);
            var command = new java.util.ArrayList<>(by);
            command.addAll(
                    List.of(
                            program.toString(),
                            "-c",
                            folder.resolve("bootstrap.yaml").toString(),
                            "--use-dynamic-base-id",
                            "--concurrency",
                            "1",
                            "--log-level",
                            "warning",
                            "--admin-address-path",
                            folder.resolve("admin").toString()));
            command.addAll(List.of(arguments));
            process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(folder.resolve("log").toFile())
                            .start();
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot start Envoy", failure);
        }
        try {
            Awaitility.await()
                    .atMost(START)
                    .pollInterval(POLL)
                    .until(() -> !process.isAlive() || adminAddress(folder).isPresent());
            var admin = adminAddress(folder).filter(_ -> process.isAlive());
            if (admin.isEmpty()) {
                throw new IllegalStateException(
                        "Envoy has ended with "
                                + process.waitFor()
                                + ":\n"
                                + Processes.tail(folder.resolve("log"), 20));
            }
            return new EnvoyProcess(folder, process, admin.get());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        } catch (RuntimeException failure) {
            Processes.stop(process);
            Folders.delete(folder);
            throw failure;
        }
    }

    private static Optional<InetSocketAddress> adminAddress(Path folder) {
        try {
            var text = Files.readString(folder.resolve("admin")).strip();
            var colon = text.lastIndexOf(':');
            return colon < 0
                    ? Optional.empty()
                    : Optional.of(
                            new InetSocketAddress(
                                    text.substring(0, colon),
                                    Integer.parseInt(text.substring(colon + 1))));
        } catch (IOException | NumberFormatException _) {
            return Optional.empty();
        }
    }

    public InetSocketAddress admin() {
        return admin;
    }

    public long pid() {
        return process.pid();
    }

    public boolean alive() {
        return process.isAlive();
    }

    /// What `path` of the admin interface says.
    public String get(String path) {
        return PlainHttp.get(admin, path, Map.of()).body();
    }

    public String post(String path) {
        return PlainHttp.request("POST", admin, path, Map.of(), "").body();
    }

    /// As JSON, with endpoints.
    public String configDump() {
        return get("/config_dump?include_eds");
    }

    /// LIVE, that is: all that it waited for at start has come.
    public boolean ready() {
        return PlainHttp.get(admin, "/ready", Map.of()).status() == 200;
    }

    public void awaitReady() {
        Awaitility.await("Envoy is ready").atMost(START).pollInterval(POLL).until(this::ready);
    }

    /// Counters and gauges whose name contains `part`.
    public Map<String, Long> stats(String part) {
        var found = new TreeMap<String, Long>();
        get("/stats")
                .lines()
                .filter(line -> line.contains(part) && line.matches(".+: \\d+"))
                .forEach(line ->
                        found.put(
                                line.substring(0, line.lastIndexOf(": ")),
                                Long.parseLong(line.substring(line.lastIndexOf(": ") + 2))));
        return found;
    }

    /// 0 for one that does not exist (yet).
    public long stat(String name) {
        return stats(name).getOrDefault(name, 0L);
    }

    public String log() {
        return Processes.tail(folder.resolve("log"), Integer.MAX_VALUE);
    }

    @Override
    public void close() {
        Processes.stop(process);
        Folders.delete(folder);
    }
}
