package dev.quartet.cli.local;

import dev.quartet.cli.Failure;
import dev.quartet.cli.print.Stages;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// The first start with new jars: the same mesh runs once in a folder of its own, so that every JVM writes its AOT cache as it
/// ends. Without caches all works too, only slower, so a failure here is a note.
final class Training {
    private static final Duration STOP_LIMIT = Duration.ofSeconds(300);

    private final Home home;
    private final MeshFile mesh;
    private final Jars jars;
    private final Stages stages;

    /// @param home of the mesh to be started, which is not touched
    Training(Home home, MeshFile mesh, Jars jars, Stages stages) {
        this.home = home;
        this.mesh = mesh;
        this.jars = jars;
        this.stages = stages;
    }

    /// Whether a JVM of this mesh would start without a cache.
    boolean needed() {
        return !mesh.services().stream().allMatch(cached())
                || (mesh.bookshop()
                        && !Files.exists(
                                Jdk.current(home, false)
                                        .cache(
                                                jars.bookshop(),
                                                LocalPlan.APPLICATION_HEAP_MEBIBYTES)));
    }

    void run() {
        var folder = home.training();
        var running = new Running(folder);
        try {
            Home.deleteTree(folder.folder());
            folder.prepare();
            Files.createDirectories(home.shared("aot"));
            stages.waiting("first start with these jars: recording AOT caches");
            var plan = new LocalPlan(folder, mesh, Jdk.current(home, true), jars);
            new Start(folder, mesh, plan, Stages.silent()).run();
        } catch (Failure | IOException | UncheckedIOException failure) {
            stages.note(
                    "no AOT caches, services start slower: "
                            + String.valueOf(failure.getMessage()).lines().findFirst().orElse(""));
        } finally {
            stages.waiting("writing AOT caches");
            running.stop(running.known(), STOP_LIMIT);
            Home.deleteTree(folder.folder());
        }
        stages.done(
                "AOT caches",
                "recorded once for these jars: %d of %d services"
                        .formatted(services().filter(cached()).count(), mesh.services().size()));
    }

    private Stream<ControlService> services() {
        return mesh.services().stream();
    }

    private Predicate<ControlService> cached() {
        var jdk = Jdk.current(home, false);
        return service -> Files.exists(jdk.cache(jars.of(service), service.heapMebibytes()));
    }
}
