package dev.quartet.benchmarks;

import dev.quartet.benchmarks.mesh.GalleyStack;
import dev.quartet.benchmarks.mesh.ProcessCost;
import dev.quartet.benchmarks.mesh.UnpackedJar;
import dev.quartet.config.check.ResourceChecker;
import dev.quartet.config.read.ResourceReader;
import dev.quartet.testkit.Folders;
import dev.quartet.testkit.SourceTree;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// How fast Galley judges and publishes.
@Command(
        name = "galley",
        description =
                "How many VirtualServices are judged in a second, when is a directory published, and when has a sink a change?",
        mixinStandardHelpOptions = true)
public final class GalleyBench implements Callable<Integer> {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final Duration IDLE = Duration.ofMillis(60);
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final double JUDGED_PER_SECOND_GOAL = 5_000;
    private static final double PUBLISHED_GOAL_SECONDS = 5;
    private static final double CHANGE_GOAL_MILLISECONDS = 20;
    private static final double MEMORY_GOAL_MEBIBYTES = 350;

    /// ServiceEntry, DestinationRule and two VirtualServices: a service as users write it.
    private static final int PER_SERVICE = 4;

    /// As many resources as a small mesh has.
    private static final int TRAINING_FILES = 10;

    @Mixin private Bench.Output output = new Bench.Output();

    @Option(
            names = "--resources",
            defaultValue = "10000",
            description = "Resources in the directory (default: ${DEFAULT-VALUE}).")
    private int resources;

    @Option(
            names = "--files",
            defaultValue = "500",
            description = "Files they are in (default: ${DEFAULT-VALUE}).")
    private int files;

    @Option(
            names = "--warm-up",
            defaultValue = "60",
            description = "Changes before the measured ones (default: ${DEFAULT-VALUE}).")
    private int warmUp;

    @Option(
            names = "--changes",
            defaultValue = "41",
            description = "Measured changes; the median counts (default: ${DEFAULT-VALUE}).")
    private int changes;

    @Option(
            names = "--galley-jvm",
            defaultValue =
                    "-Xmx160m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xss512k -XX:ReservedCodeCacheSize=64m",
            description =
                    "Flags of Galley's JVM (default: those of mesh up, with more heap: ${DEFAULT-VALUE}).")
    private String galleyJvm = "";

    @Override
    public Integer call() throws IOException, InterruptedException {
        var report = new Report(System.out);
        report.condition(
                "workload",
                "%d resources in %d files: for each service a ServiceEntry, a DestinationRule with two subsets, a VirtualService for sidecars and one for a gateway"
                        .formatted(resources, files));
        report.condition(
                "transport", "MCP over mTLS, one sink with all collections, in this process");
        report.condition(
                "change",
                "one weight of one VirtualService, its file replaced by a rename; from the rename to the ACK of the last collection; each when Galley is idle");
        report.condition("warm-up", warmUp + " changes; then the median of " + changes);
        report.condition(
                "Galley's JVM",
                galleyJvm + ", from an unpacked jar with an AOT cache, as by mesh up");
        judge(report);
        var folder = Files.createTempDirectory("bench-galley");
        try {
            var flags = List.of(galleyJvm.split(" "));
            var jar = UnpackedJar.of(SourceTree.root(), "galley-service", folder.resolve("galley"));
            report.progress("a run on a small mesh, whose AOT cache is used from then on");
            train(folder.resolve("training"), jar, flags);
            var config = folder.resolve("config");
            write(config, files);
            report.progress("starting Citadel and Galley");
            try (var stack =
                    new GalleyStack(
                            SourceTree.root(), folder, config, jar.jar(), jar.trained(flags))) {
                publish(stack, config, report);
            }
        } finally {
            Folders.delete(folder);
        }
        return report.finish(output.json);
    }

    private void train(Path folder, UnpackedJar jar, List<String> flags)
            throws IOException, InterruptedException {
        var config = folder.resolve("config");
        write(config, TRAINING_FILES);
        try (var stack =
                new GalleyStack(
                        SourceTree.root(), folder, config, jar.jar(), jar.training(flags))) {
            var revision = stack.sink().await("", LIMIT).revision();
            for (var change = 0; change < TRAINING_FILES; change++) {
                replace(config, change, 10 + change);
                revision = stack.sink().await(revision, LIMIT).revision();
            }
        }
        if (!Files.isRegularFile(jar.cache())) {
            throw new IllegalStateException("Galley has written no AOT cache");
        }
    }

    /// Reading and the rules of a kind, in this process, on one thread.
    private void judge(Report report) {
        var reader = new ResourceReader();
        var texts = new ArrayList<String>();
        for (var i = 0; i < 2_000; i++) {
            texts.add(route(i, 90));
        }
        var best = 0.0;
        for (var round = 0; round < 12; round++) {
            var cpu = THREADS.getCurrentThreadCpuTime();
            var problems = 0L;
            for (var text : texts) {
                for (var read : reader.readYaml("route.yaml", text).resources()) {
                    problems += ResourceChecker.check(read).size();
                }
            }
            if (problems != 0) {
                throw new IllegalStateException("a route has problems");
            }
            best = Math.max(best, texts.size() / ((THREADS.getCurrentThreadCpuTime() - cpu) / 1e9));
        }
        report.progress(
                String.format(Locale.ROOT, "%.0f VirtualServices a second of one core", best));
        report.add(
                "CPU to read and judge a VirtualService (5,000 a second: 200 µs)",
                1e6 / best,
                "µs",
                1e6 / JUDGED_PER_SECOND_GOAL);
    }

    private void publish(GalleyStack stack, Path config, Report report)
            throws IOException, InterruptedException {
        var first = stack.sink().await("", LIMIT);
        report.add(
                "a directory of %d resources published after Galley's start".formatted(resources),
                (first.ackedNanos() - stack.startNanos()) / 1e9,
                "s",
                PUBLISHED_GOAL_SECONDS);
        report.progress(first.resources() + " resources, revision " + first.revision());
        var pid = stack.galley().pid();
        var milliseconds = new ArrayList<Double>();
        var cpu = new ArrayList<Double>();
        var revision = first.revision();
        for (var change = 0; change < warmUp + changes; change++) {
            var cpuBefore = ProcessCost.cpuSeconds(pid);
            var start = replace(config, change % files, 10 + change % 80);
            var taken = stack.sink().await(revision, LIMIT);
            revision = taken.revision();
            var took = (taken.ackedNanos() - start) / 1e6;
            awaitIdle(pid);
            if (change >= warmUp) {
                milliseconds.add(took);
                cpu.add(ProcessCost.cpuSeconds(pid) - cpuBefore);
            }
            if (change % 20 == 0) {
                report.progress(String.format(Locale.ROOT, "change %d: %.1f ms", change, took));
            }
        }
        report.add(
                "one change until the sink's ACK, p50",
                Median.of(milliseconds),
                "ms",
                CHANGE_GOAL_MILLISECONDS);
        report.add(
                "the slowest of them",
                milliseconds.stream().mapToDouble(Double::doubleValue).max().orElse(0),
                "ms",
                null);
        report.add("Galley's CPU for one change", Median.of(cpu), "CPU-s", null);
        report.add(
                "PSS of Galley",
                ProcessCost.pssBytes(pid) / 1024.0 / 1024.0,
                "MiB",
                MEMORY_GOAL_MEBIBYTES);
    }

    /// @return `System.nanoTime()` before the file was there
    private long replace(Path config, int file, int weight) throws IOException {
        var next = config.resolve("." + name(file) + ".next");
        Files.writeString(next, file(file, weight));
        var start = System.nanoTime();
        Files.move(
                next,
                config.resolve(name(file)),
                StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.ATOMIC_MOVE);
        return start;
    }

    /// Until it has recorded the change too.
    private static void awaitIdle(long pid) {
        var before = -1.0;
        for (var now = ProcessCost.cpuSeconds(pid);
                now > before;
                now = ProcessCost.cpuSeconds(pid)) {
            before = now;
            LockSupport.parkNanos(IDLE.toNanos());
        }
    }

    private void write(Path config, int files) throws IOException {
        Files.createDirectories(config);
        Files.writeString(
                config.resolve("front.yaml"),
                """
                apiVersion: networking.istio.io/v1beta1
                kind: Gateway
                metadata: {name: front, namespace: istio-system}
                spec:
                  selector: {istio: ingressgateway}
                  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]
                """);
        for (var file = 0; file < files; file++) {
            Files.writeString(config.resolve(name(file)), file(file, 90));
        }
    }

    private static String name(int file) {
        return "services-%04d.yaml".formatted(file);
    }

    /// An odd weight also moves all lines, as somebody's comment does.
    private String file(int file, int weight) {
        var services = resources / PER_SERVICE / files;
        var text = new StringBuilder(weight % 2 == 0 ? "" : "# tried out\n---\n");
        for (var i = file * services; i < (file + 1) * services; i++) {
            text.append(service(i))
                    .append("---\n")
                    .append(route(i, i == file * services ? weight : 90))
                    .append("---\n");
        }
        return text.toString();
    }

    private static String service(int number) {
        return """
        apiVersion: networking.istio.io/v1beta1
        kind: ServiceEntry
        metadata: {name: service-%1$d, namespace: shop-%2$d}
        spec:
          hosts: [service-%1$d.shop-%2$d.svc.cluster.local]
          ports: [{number: 80, name: http, protocol: HTTP}]
          location: MESH_INTERNAL
          resolution: STATIC
          endpoints: [{address: 10.%3$d.%4$d.1, labels: {version: v1}}, {address: 10.%3$d.%4$d.2, labels: {version: v2}}]
        ---
        apiVersion: networking.istio.io/v1beta1
        kind: DestinationRule
        metadata: {name: service-%1$d, namespace: shop-%2$d}
        spec:
          host: service-%1$d
          trafficPolicy: {connectionPool: {tcp: {maxConnections: 100}}, outlierDetection: {consecutive5xxErrors: 5}}
          subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]
        ---
        apiVersion: networking.istio.io/v1beta1
        kind: VirtualService
        metadata: {name: service-%1$d-front, namespace: shop-%2$d}
        spec:
          hosts: [service-%1$d.example.org]
          gateways: [istio-system/front]
          http: [{route: [{destination: {host: service-%1$d, port: {number: 80}}}]}]
        """
                .formatted(number, number % 50, number / 250 % 250, number % 250);
    }

    private static String route(int number, int weight) {
        return """
        apiVersion: networking.istio.io/v1beta1
        kind: VirtualService
        metadata: {name: service-%1$d, namespace: shop-%2$d}
        spec:
          hosts: [service-%1$d]
          http:
          - name: testers
            match:
            - headers: {end-user: {exact: jason}}
              uri: {prefix: /api/}
            timeout: 5s
            retries: {attempts: 3, perTryTimeout: 1s, retryOn: "5xx,connect-failure"}
            route:
            - destination: {host: service-%1$d, subset: v2}
          - route:
            - {destination: {host: service-%1$d, subset: v1}, weight: %3$d}
            - {destination: {host: service-%1$d, subset: v2}, weight: %4$d}
        """
                .formatted(number, number % 50, weight, 100 - weight);
    }
}
