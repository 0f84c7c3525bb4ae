package dev.quartet.benchmarks;

import dev.quartet.testkit.ComposeMesh;
import dev.quartet.testkit.Load;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// How long the mesh in containers takes to start, and what its control plane needs.
@Command(
        name = "compose",
        description =
                "docker compose up: from built images to the first answer; memory of the control plane's containers.",
        mixinStandardHelpOptions = true)
public final class ComposeBench implements Callable<Integer> {
    private static final double START_GOAL_SECONDS = 40;
    private static final double MEMORY_GOAL_MEBIBYTES = 1.2 * 1024;
    private static final int REQUESTS = 300;
    private static final List<String> CONTROL_PLANE =
            List.of("citadel", "galley", "pilot", "mixer");

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
                "docker-compose.yml as it is: 33 containers, with Prometheus and Grafana; each start from no container, volume or network");
        report.condition("transport", "mTLS everywhere, traffic captured by iptables");
        report.condition("warm-up", "none; the images are built, with their AOT caches");
        report.condition(
                "CPU",
                Runtime.getRuntime().availableProcessors()
                        + " cores for everything, the engine and compose too");
        report.condition(
                "memory",
                "usage of the containers' memory cgroups without inactive file pages, as docker stats shows it, after "
                        + REQUESTS
                        + " requests");

        var seconds = new ArrayList<Double>();
        for (var i = 0; i < starts; i++) {
            try (var mesh = ComposeMesh.prepare()) {
                var start = System.nanoTime();
                mesh.up();
                seconds.add((System.nanoTime() - start) / 1e9);
                report.progress(
                        String.format(
                                Locale.ROOT,
                                "start %d: %.1f s to the first 200 through two sidecars",
                                i + 1,
                                seconds.getLast()));
                if (i == starts - 1) {
                    report.add(
                            "built images to the first 200 through two sidecars",
                            Median.of(seconds),
                            "s",
                            START_GOAL_SECONDS);
                    memory(mesh, report);
                }
            }
        }
        return report.finish(output.json);
    }

    private static void memory(ComposeMesh mesh, Report report) {
        Load.send(mesh.gateway(), "/storefront", Map.of(), 4, REQUESTS);
        var sum = 0.0;
        for (var service : CONTROL_PLANE) {
            var mebibytes = mebibytes(mesh, service);
            report.add("memory of " + service, mebibytes, "MiB", null);
            sum += mebibytes;
        }
        report.add("memory of the control plane's containers", sum, "MiB", MEMORY_GOAL_MEBIBYTES);
    }

    /// Docker writes `208.2MiB / 320MiB`.
    private static double mebibytes(ComposeMesh mesh, String service) {
        var usage =
                mesh.docker(
                                "stats",
                                "--no-stream",
                                "--format",
                                "{{.MemUsage}}",
                                mesh.container(service))
                        .orFail()
                        .lastLine()
                        .split("/")[0]
                        .strip();
        var unit = usage.replaceAll("[0-9.]", "");
        var value = Double.parseDouble(usage.replaceAll("[^0-9.]", ""));
        return switch (unit) {
            case "KiB" -> value / 1024;
            case "MiB" -> value;
            case "GiB" -> value * 1024;
            default -> throw new IllegalStateException("docker stats says " + usage);
        };
    }
}
