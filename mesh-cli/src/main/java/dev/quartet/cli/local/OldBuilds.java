package dev.quartet.cli.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// What earlier builds have left in the source tree's `.mesh`: unpacked jars with their AOT caches, and copies of the CLI. One
/// build takes nearly a gigabyte.
///
/// A folder goes when it is not of the build at hand, nobody has taken it into use in the last ten minutes (a command that has
/// just begun may be about to), and no process of this machine names it: a mesh that runs keeps what it was started with,
/// whatever its `--home`. A cache goes with its jar.
final class OldBuilds {
    private static final Duration JUST_TAKEN = Duration.ofMinutes(10);

    private final Home home;
    private final Clock clock;

    OldBuilds(Home home, Clock clock) {
        this.home = home;
        this.clock = clock;
    }

    /// @return how many folders and caches went
    /// @throws UncheckedIOException when one cannot be removed
    int remove(Jars current) {
        try {
            var stays = current.all().stream().map(ServiceJar::folder).toList();
            var idle = new ArrayList<Path>();
            for (var kind : List.of("jars", "cli")) {
                for (var folder : entries(home.shared(kind))) {
                    if (!stays.contains(folder) && idle(folder)) {
                        idle.add(folder);
                    }
                }
            }
            var old = idle.isEmpty() ? idle : unnamed(idle);
            for (var folder : old) {
                removeAtOnce(folder);
            }
            return old.size() + removeCaches();
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot remove old builds", failure);
        }
    }

    private boolean idle(Path folder) throws IOException {
        return Files.getLastModifiedTime(folder)
                .toInstant()
                .isBefore(clock.instant().minus(JUST_TAKEN));
    }

    private static List<Path> unnamed(Collection<Path> folders) {
        var commands =
                ProcessHandle.allProcesses()
                        .map(process -> process.info().commandLine())
                        .flatMap(Optional::stream)
                        .toList();
        return folders.stream()
                .filter(folder ->
                        commands.stream().noneMatch(command -> command.contains(folder + "/")))
                .toList();
    }

    /// By a rename first: what is left when this is interrupted must not look like an unpacked jar.
    private static void removeAtOnce(Path folder) throws IOException {
        var away = Files.createTempDirectory(folder.getParent(), "removed");
        Files.move(folder, away.resolve(folder.getFileName()));
        Home.deleteTree(away);
    }

    private int removeCaches() throws IOException {
        var jars = entries(home.shared("jars"));
        var count = 0;
        for (var cache : entries(home.shared("aot"))) {
            var name = cache.getFileName().toString();
            if (jars.stream().noneMatch(jar -> name.startsWith(jar.getFileName() + "-"))) {
                Files.delete(cache);
                count++;
            }
        }
        return count;
    }

    private static List<Path> entries(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (var entries = Files.list(folder)) {
            return entries.sorted().toList();
        }
    }
}
