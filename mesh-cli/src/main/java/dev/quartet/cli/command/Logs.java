package dev.quartet.cli.command;

import dev.quartet.cli.Failure;
import dev.quartet.cli.local.Home;
import dev.quartet.cli.print.Printable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `mesh logs`.
@Command(
        name = "logs",
        description = "Shows the end of the logs of the local mesh, of all processes or of some.",
        mixinStandardHelpOptions = true)
public final class Logs implements Callable<Integer> {
    private static final int MAX_BYTES_BACK = 1 << 20;

    private final Surroundings surroundings;
    @Mixin private final HomeOption home;

    @Parameters(
            arity = "0..*",
            paramLabel = "PROCESS",
            description =
                    "pilot, galley, …, ingressgateway, reviews-v1, proxy-reviews-v1, prometheus; all when none is named.")
    private List<String> processes = List.of();

    @Option(
            names = {"-f", "--follow"},
            description = "Go on with what is written from now on; Ctrl-C ends it.")
    private boolean follow;

    @Option(
            names = {"-n", "--lines"},
            paramLabel = "N",
            defaultValue = "20",
            description = "How many lines of each (default: ${DEFAULT-VALUE}).")
    private int lines;

    public Logs(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.home = new HomeOption(surroundings);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (lines < 0) {
            throw new Failure("--lines is " + lines, "use a number from 0 on", 2);
        }
        var logs = logs(home.here());
        var width =
                logs.size() == 1
                        ? 0
                        : logs.keySet().stream().mapToInt(String::length).max().orElse(0);
        var positions = new TreeMap<String, Long>();
        for (var log : logs.entrySet()) {
            var from = Math.max(0, size(log.getValue()) - MAX_BYTES_BACK);
            positions.put(log.getKey(), print(log.getKey(), log.getValue(), from, lines, width));
        }
        while (follow) {
            Thread.sleep(200);
            for (var log : logs.entrySet()) {
                var size = size(log.getValue());
                var seen = positions.getOrDefault(log.getKey(), 0L);
                if (size != seen) {
                    // Shorter than before: it was removed, and maybe written anew.
                    var from = size < seen ? 0 : seen;
                    positions.put(
                            log.getKey(),
                            print(log.getKey(), log.getValue(), from, Integer.MAX_VALUE, width));
                }
            }
        }
        return 0;
    }

    private static long size(Path log) throws IOException {
        return Files.exists(log) ? Files.size(log) : 0;
    }

    private Map<String, Path> logs(Home folder) throws IOException {
        var logs = new TreeMap<String, Path>();
        if (Files.isDirectory(folder.logs())) {
            try (var files = Files.list(folder.logs())) {
                files.filter(file -> file.toString().endsWith(".log"))
                        .forEach(file ->
                                logs.put(file.getFileName().toString().replace(".log", ""), file));
            }
        }
        if (logs.isEmpty()) {
            throw new Failure(
                    "there are no logs in " + Home.shown(folder.logs()),
                    "start a mesh with ./mesh up, or say with --home where it is");
        }
        for (var process : processes) {
            if (!logs.containsKey(process)) {
                throw new Failure(
                        "there is no log of \"" + process + "\"",
                        "use one of " + String.join(", ", logs.keySet()));
            }
        }
        if (!processes.isEmpty()) {
            logs.keySet().retainAll(processes);
        }
        return logs;
    }

    /// Prints whole lines from `position` on, the last `count` of them, and returns where they end.
    private long print(String name, Path file, long position, int count, int width)
            throws IOException {
        if (!Files.exists(file)) {
            return 0;
        }
        byte[] bytes;
        try (var log = new RandomAccessFile(file.toFile(), "r")) {
            log.seek(position);
            bytes = new byte[(int) Math.min(log.length() - position, Integer.MAX_VALUE - 8)];
            log.readFully(bytes);
        }
        var end = bytes.length;
        while (follow && end > 0 && bytes[end - 1] != '\n') {
            end--;
        }
        var all = new String(bytes, 0, end, StandardCharsets.UTF_8).lines().toList();
        for (var line : all.subList(Math.max(0, all.size() - count), all.size())) {
            surroundings
                    .terminal()
                    .line(
                            (width == 0 ? "" : ("%-" + width + "s  ").formatted(name))
                                    + Printable.of(line));
        }
        return position + end;
    }
}
