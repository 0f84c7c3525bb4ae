package dev.quartet.fuzzing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;

/// Jazzer as a process of its own: its heap is the limit of memory, and its instrumentation touches no other test. The corpus that it finds
/// lies in `target/fuzzing` and is where the next run begins.
final class JazzerRun {
    private static final Pattern PROGRESS =
            Pattern.compile("#(\\d+)\\s+\\w+\\s+cov: (\\d+) ft: (\\d+) corp: (\\d+)/.*");
    private static final Pattern EXECUTED =
            Pattern.compile("stat::number_of_executed_units:\\s*(\\d+)");
    private static final Pattern FINDING =
            Pattern.compile("== (?:Java Exception|.*ERROR): (.*)|==\\d+== ERROR: (.*)");

    /// A single input that takes longer is a finding, as is one that needs a larger heap.
    private static final Duration LONGEST_INPUT = Duration.ofSeconds(10);

    private static final String HEAP = "-Xmx512m";
    private static final int MAX_INPUT_BYTES = 8_192;

    private final Target target;
    private final Path folder;
    private final List<String> said = new ArrayList<>();
    private long executions;
    private int seedEdges;
    private int edges;
    private int features;
    private int inputs;

    /// @param seedEdges covered by the corpus that the run began with
    /// @param inputs of the corpus, each of which covers something that the others do not
    /// @param findings what Jazzer said of each
    record Outcome(
            long executions,
            Duration took,
            int seedEdges,
            int edges,
            int features,
            int inputs,
            List<String> findings) {
        Outcome {
            findings = List.copyOf(findings);
        }

        String text() {
            return String.format(
                    Locale.ROOT,
                    "%,d executions in %d s (%,d/s); %,d edges (%,d at the start), %,d features, %,d inputs kept; %d findings",
                    executions,
                    took.toSeconds(),
                    executions / Math.max(1, took.toSeconds()),
                    edges,
                    seedEdges,
                    features,
                    inputs,
                    findings.size());
        }
    }

    private JazzerRun(Target target) {
        this.target = target;
        this.folder = Path.of("target/fuzzing", target.label()).toAbsolutePath();
    }

    static Outcome of(Target target, Duration time) throws IOException, InterruptedException {
        return new JazzerRun(target).run(time);
    }

    private Outcome run(Duration time) throws IOException, InterruptedException {
        var seeds = Files.createDirectories(folder.resolve("seeds"));
        int number = 0;
        for (var seed : target.seeds()) {
            Files.write(seeds.resolve("seed-" + number++), seed);
        }
        Files.createDirectories(target.findings());
        var start = System.nanoTime();
        var process = new ProcessBuilder(command(seeds, time)).directory(folder.toFile());
        int exitCode = follow(process.redirectErrorStream(true).start());
        var took = Duration.ofNanos(System.nanoTime() - start);
        if (exitCode != 0 && said.isEmpty()) {
            said.add("Jazzer ended with " + exitCode);
        }
        return new Outcome(executions, took, seedEdges, edges, features, inputs, said);
    }

    private List<String> command(Path seeds, Duration time) throws IOException {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var classPath =
                Objects.requireNonNullElse(
                        System.getProperty("surefire.test.class.path"),
                        System.getProperty("java.class.path"));
        return List.of(
                java,
                HEAP,
                "-XX:+UseSerialGC",
                "-XX:+EnableDynamicAgentLoading",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                classPath,
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + target.type().getName(),
                "--instrumentation_includes=dev.quartet.**:org.snakeyaml.**:tools.jackson.core.**",
                "--instrumentation_excludes=dev.quartet.fuzzing.**",
                "--reproducer_path=" + folder,
                "--keep_going=10",
                "-artifact_prefix=" + target.findings() + "/",
                "-dict=" + dictionary(),
                "-max_total_time=" + time.toSeconds(),
                "-timeout=" + LONGEST_INPUT.toSeconds(),
                "-rss_limit_mb=0", // the heap's limit says it with a stack trace
                "-max_len=" + MAX_INPUT_BYTES,
                "-print_final_stats=1",
                Files.createDirectories(folder.resolve("corpus")).toString(),
                seeds.toString());
    }

    private Path dictionary() throws IOException {
        var lines = new StringBuilder();
        for (var word : Seeds.words()) {
            lines.append('"');
            for (var sign : word.getBytes(StandardCharsets.UTF_8)) {
                lines.append(
                        Character.isLetterOrDigit(sign)
                                ? String.valueOf((char) sign)
                                : "\\x%02X".formatted(sign));
            }
            lines.append("\"\n");
        }
        return Files.writeString(folder.resolve("words.dict"), lines);
    }

    private int follow(Process process) throws IOException, InterruptedException {
        var atExit = new Thread(process::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(atExit);
        try (var log = Files.newBufferedWriter(folder.resolve("jazzer.log"));
                var out =
                        new BufferedReader(
                                new InputStreamReader(
                                        process.getInputStream(), StandardCharsets.UTF_8))) {
            for (var line = out.readLine(); line != null; line = out.readLine()) {
                log.write(line);
                log.newLine();
                read(line);
            }
            return process.waitFor();
        } finally {
            process.destroyForcibly();
            Runtime.getRuntime().removeShutdownHook(atExit);
        }
    }

    private void read(String line) {
        var progress = PROGRESS.matcher(line);
        if (progress.matches()) {
            executions = Long.parseLong(progress.group(1));
            edges = Integer.parseInt(progress.group(2));
            features = Integer.parseInt(progress.group(3));
            inputs = Integer.parseInt(progress.group(4));
            if (line.contains("INITED")) {
                seedEdges = edges;
            }
            return;
        }
        var executed = EXECUTED.matcher(line);
        if (executed.matches()) {
            executions = Long.parseLong(executed.group(1));
            return;
        }
        var finding = FINDING.matcher(line);
        if (finding.matches()) {
            said.add(line.strip());
        }
    }
}
