package dev.quartet.cli.local;

import dev.quartet.cli.Failure;
import dev.quartet.cli.print.Printable;
import dev.quartet.cli.process.Detached;
import dev.quartet.cli.process.PidFile;
import dev.quartet.cli.process.PortHolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// The processes of one mesh as they are: started, waited for, stopped. Only what has a pid file here is ever touched.
final class Running {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int LAST_LINES = 12;
    private static final int MAX_RETRIES = 2;

    private final Home home;

    /// What this command has started, with the size that its log had before.
    private final Map<Planned, Long> started = new LinkedHashMap<>();

    Running(Home home) {
        this.home = home;
    }

    private PidFile pidFile(String process) {
        return new PidFile(home.pid(process));
    }

    boolean runs(Planned process) {
        return pidFile(process.name()).running().isPresent();
    }

    /// Whether any process of this mesh runs.
    boolean any() {
        return known().stream().anyMatch(name -> pidFile(name).running().isPresent());
    }

    /// @throws Failure naming every address that is taken, and by whom
    static void checkPorts(Collection<Planned> processes) {
        var faults = new ArrayList<String>();
        var unusable = false;
        for (var process : processes) {
            var takenBy = new LinkedHashMap<String, List<String>>();
            for (var address : process.listens()) {
                PortHolder.taken(address.getHostString(), address.getPort())
                        .ifPresent(holder ->
                                takenBy.computeIfAbsent(holder, _ -> new ArrayList<>())
                                        .add(address.getHostString() + ":" + address.getPort()));
            }
            unusable |=
                    takenBy.keySet().stream()
                            .anyMatch(holder -> holder.contains("assign requested address"));
            takenBy.forEach((holder, addresses) ->
                    faults.add(
                            "  %s (%s): %s"
                                    .formatted(
                                            String.join(", ", addresses),
                                            process.name(),
                                            Printable.line(holder))));
        }
        if (!faults.isEmpty()) {
            var fix =
                    unusable
                            ? "this system has only 127.0.0.1 at first: sudo ifconfig lo0 alias 127.1.0.1 (and so on for each address above)"
                            : "stop what holds them (another mesh: ./mesh down, with its --home), or move this mesh by another --port-offset, 1000 for example";
            throw new Failure(
                    "addresses that the mesh needs are taken:\n" + String.join("\n", faults), fix);
        }
    }

    void start(Planned process) {
        var log = home.log(process.name());
        started.put(process, size(log));
        var child = Detached.start(process.command(), process.environment(), process.folder(), log);
        pidFile(process.name()).remember(child.toHandle());
    }

    /// Waits until all of `processes` answer that they are ready; each is given to `ready` once.
    ///
    /// @throws Failure when one ends, or is not ready in time
    void await(
            Collection<Planned> processes,
            Duration limit,
            Consumer<Planned> ready,
            Consumer<List<String>> waiting) {
        var pending = new ArrayList<>(processes);
        var retries = new HashMap<String, Integer>();
        var end = System.nanoTime() + limit.toNanos();
        while (!pending.isEmpty()) {
            for (var process : List.copyOf(pending)) {
                if (!runs(process)) {
                    var words = lastWords(process);
                    if (!lostItsPort(words)
                            || retries.merge(process.name(), 1, Integer::sum) > MAX_RETRIES) {
                        throw new Failure(
                                process.name() + " ended while it started:\n" + words,
                                "the whole log is " + Home.shown(home.log(process.name())));
                    }
                    start(process);
                }
                if (answers(process)) {
                    pending.remove(process);
                    ready.accept(process);
                }
            }
            if (System.nanoTime() > end && !pending.isEmpty()) {
                var first = pending.getFirst();
                throw new Failure(
                        "not ready after %d s: %s; the end of %s's log:\n%s"
                                .formatted(
                                        limit.toSeconds(),
                                        String.join(
                                                ", ", pending.stream().map(Planned::name).toList()),
                                        first.name(),
                                        lastWords(first)),
                        "the logs are in " + Home.shown(home.logs()));
            }
            if (!pending.isEmpty()) {
                waiting.accept(pending.stream().map(Planned::name).toList());
                pause();
            }
        }
    }

    /// Ports such as 42422 lie where the system takes the local ends of outgoing connections from: one that was free a moment
    /// ago may be held by a connection of somebody, usually not for long.
    private static boolean lostItsPort(String words) {
        return words.contains("is taken by a process that cannot be seen")
                || words.contains("Address already in use");
    }

    static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new Failure("interrupted", "", interrupted);
        }
    }

    private static boolean answers(Planned process) {
        return Probe.get(process.ready().toString()).ok();
    }

    /// Stops what this command has started.
    void stopStarted() {
        stop(started.keySet().stream().map(Planned::name).toList(), PATIENCE);
    }

    /// Every process with a pid file, whether it runs or not.
    List<String> known() {
        if (!Files.isDirectory(home.run())) {
            return List.of();
        }
        try (var files = Files.list(home.run())) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".pid"))
                    .map(name -> name.substring(0, name.length() - 4))
                    .sorted()
                    .toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// Stops processes, all at once, and forgets them.
    ///
    /// @return how many ran
    int stop(Collection<String> names, Duration patience) {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var stops =
                    names.stream()
                            .map(name ->
                                    CompletableFuture.supplyAsync(
                                            () -> stop(name, patience), threads))
                            .toList();
            return (int) stops.stream().filter(CompletableFuture::join).count();
        }
    }

    private boolean stop(String name, Duration patience) {
        var file = pidFile(name);
        var process = file.running();
        process.ifPresent(running -> Detached.stop(running, patience));
        if (file.running().isPresent()) {
            throw new Failure(
                    name + " (process " + process.get().pid() + ") does not end",
                    "look at it with ps, and end it by hand");
        }
        file.forget();
        return process.isPresent();
    }

    private String lastWords(Planned process) {
        var log = home.log(process.name());
        try {
            var all = Files.readAllBytes(log);
            var from = (int) Math.min(started.getOrDefault(process, 0L), all.length);
            var text = new String(all, from, all.length - from, StandardCharsets.UTF_8);
            // The frames of a stack trace would leave no room for what it says.
            var said =
                    text.lines()
                            .filter(line ->
                                    !line.startsWith("\tat ")
                                            && !line.contains("common frames omitted"))
                            .map(line -> line.length() <= 500 ? line : line.substring(0, 500) + "…")
                            .collect(Collectors.joining("\n"));
            var words = Program.end(Printable.of(said), LAST_LINES);
            return words.isEmpty() ? "  (it said nothing)" : words;
        } catch (IOException failure) {
            return "  (no log: " + failure.getMessage() + ")";
        }
    }

    private static long size(Path file) {
        try {
            return Files.exists(file) ? Files.size(file) : 0;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
