package dev.quartet.benchmarks;

import dev.quartet.benchmarks.mesh.ProcessCost;
import dev.quartet.testkit.Load;
import dev.quartet.testkit.MeshUnderTest;
import dev.quartet.testkit.PlainHttp;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// How long the whole mesh takes to start, what its services need, and how soon each is back after `kill -9`.
@Command(
        name = "start",
        description =
                "From built jars to the first answer; memory of the services; time back in sync after kill -9.",
        mixinStandardHelpOptions = true)
public final class StartBench implements Callable<Integer> {
    private static final double START_GOAL_SECONDS = 20;
    private static final double MEMORY_GOAL_MEBIBYTES = 1.2 * 1024;
    private static final double BACK_GOAL_SECONDS = 10;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int REQUESTS = 300;

    /// Streams that each Envoy keeps to Citadel: one for its certificate, one for the roots.
    private static final int SECRET_STREAMS = 2;

    @Mixin private Bench.Output output = new Bench.Output();

    @Option(
            names = "--starts",
            defaultValue = "3",
            description = "Measured starts; the median counts (default: ${DEFAULT-VALUE}).")
    private int starts;

    @Override
    public Integer call() throws IOException {
        var report = new Report(System.out);
        report.condition(
                "workload",
                "mesh up --without prometheus with the bookshop: five services, seven Envoys, six applications, from nothing but built jars, a fetched Envoy and AOT caches");
        report.condition("transport", "mTLS everywhere, as mesh up has it");
        report.condition(
                "warm-up",
                "one start before, which also records AOT caches when there are none; each measured start is from an empty folder");
        report.condition(
                "CPU", Runtime.getRuntime().availableProcessors() + " cores for everything");
        report.condition(
                "memory",
                "proportional set size of the five services after "
                        + REQUESTS
                        + " requests; heaps and flags as mesh up sets them");
        report.condition(
                "back in sync",
                "from the start of the new process until it is ready and what it serves is in sync again (Pilot: seven proxies SYNCED; Galley, Mixer: the newest revision in force; Citadel: every proxy's secret streams open)");

        report.progress("a first start");
        try (var mesh = MeshUnderTest.prepare()) {
            var first = mesh.start("--without", "prometheus").orFail();
            report.add("first start with these jars", first.time().toMillis() / 1000.0, "s", null);
        }
        var seconds = new ArrayList<Double>();
        var cpu = new ArrayList<Double>();
        for (var i = 0; i < starts; i++) {
            try (var mesh = MeshUnderTest.prepare()) {
                var start = System.nanoTime();
                mesh.start("--without", "prometheus").orFail();
                var page = PlainHttp.get(mesh.gateway(), "/storefront", Map.of());
                if (page.status() != 200) {
                    throw new IllegalStateException(
                            "mesh up has ended, but the bookshop answers "
                                    + page.status()
                                    + ": "
                                    + page.body());
                }
                seconds.add((System.nanoTime() - start) / 1e9);
                cpu.add(
                        mesh.left().stream()
                                .mapToDouble(process -> ProcessCost.cpuSeconds(process.pid()))
                                .sum());
                report.progress(
                        String.format(
                                Locale.ROOT,
                                "start %d: %.1f s to the first 200 through two sidecars",
                                i + 1,
                                seconds.getLast()));
                if (i == starts - 1) {
                    report.add(
                            "built jars to the first 200 through two sidecars",
                            Median.of(seconds),
                            "s",
                            START_GOAL_SECONDS);
                    report.add(
                            "CPU of all its processes until then", Median.of(cpu), "CPU-s", null);
                    memory(mesh, report);
                    for (var service : MeshUnderTest.SERVICES) {
                        report.add(
                                service + " back in sync after kill -9",
                                back(mesh, service, report),
                                "s",
                                BACK_GOAL_SECONDS);
                    }
                }
            }
        }
        return report.finish(output.json);
    }

    private static void memory(MeshUnderTest mesh, Report report) {
        Load.send(mesh.gateway(), "/storefront", Map.of(), 4, REQUESTS);
        var sum = 0.0;
        for (var service : MeshUnderTest.SERVICES) {
            var mebibytes = ProcessCost.pssBytes(mesh.pid(service)) / 1024.0 / 1024.0;
            report.add("PSS of " + service, mebibytes, "MiB", null);
            sum += mebibytes;
        }
        report.add("PSS of the five services", sum, "MiB", MEMORY_GOAL_MEBIBYTES);
    }

    private static double back(MeshUnderTest mesh, String service, Report report) {
        mesh.awaitInSync(LIMIT);
        mesh.kill(service);
        var restart = CompletableFuture.supplyAsync(() -> mesh.restart(service));
        var end = System.nanoTime() + LIMIT.toNanos();
        while (!back(mesh, service)) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException(
                        service
                                + " is not back in sync after "
                                + LIMIT.toSeconds()
                                + " s; its log ends:\n"
                                + tail(mesh.log(service)));
            }
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
        var now = Instant.now();
        restart.join().orFail();
        var seconds = Duration.between(mesh.startOf(service), now).toMillis() / 1000.0;
        report.progress(
                String.format(
                        Locale.ROOT, "%s: back in sync %.1f s after its start", service, seconds));
        return seconds;
    }

    private static boolean back(MeshUnderTest mesh, String service) {
        if (!mesh.ready(service)) {
            return false;
        }
        return switch (service) {
            case "pilot" ->
                    mesh.proxyStates().size() == MeshUnderTest.sidecars().size() + 1
                            && mesh.proxyStates().values().stream().allMatch("SYNCED"::equals);
            case "galley", "mixer" -> mesh.inForce();
            case "citadel" ->
                    MeshUnderTest.sidecars().stream()
                                    .allMatch(sidecar ->
                                            secretStreams(mesh, sidecar) >= SECRET_STREAMS)
                            && secretStreams(mesh, "ingressgateway") >= SECRET_STREAMS;
            default -> true;
        };
    }

    private static int secretStreams(MeshUnderTest mesh, String workload) {
        try {
            var name = "cluster.sds-grpc.upstream_rq_active: ";
            return PlainHttp.get(
                            mesh.envoyAdmin(workload),
                            "/stats?filter=cluster.sds-grpc.upstream_rq_active",
                            Map.of())
                    .body()
                    .lines()
                    .filter(line -> line.startsWith(name))
                    .mapToInt(line -> Integer.parseInt(line.substring(name.length())))
                    .findFirst()
                    .orElse(0);
        } catch (UncheckedIOException _) {
            return 0;
        }
    }

    private static String tail(String log) {
        var lines = log.lines().toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
    }
}
