package dev.quartet.benchmarks;

import dev.quartet.benchmarks.load.Protocol;
import dev.quartet.benchmarks.load.Swarm;
import dev.quartet.benchmarks.mesh.UnpackedJar;
import dev.quartet.testkit.Folders;
import dev.quartet.testkit.SourceTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `mesh bench pilot`: what changes, and connecting, cost Pilot, and how soon proxies have them.
@Command(
        name = "pilot",
        description = "What changes and connecting cost Pilot, and how soon proxies have them.",
        mixinStandardHelpOptions = true)
public final class PilotBench implements Callable<Integer> {
    enum Transport {
        PLAINTEXT,
        MTLS;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    enum Work {
        /// 1,000 proxies connect at once, S=100; a VirtualService is edited; an endpoint changes.
        PROXIES,

        /// One proxy, S=100: endpoint changes, alone and one after the other.
        ENDPOINTS,

        /// S=1,000: the start of Pilot, and an edit with 100 proxies.
        SERVICES,

        /// Twice the services, and twice the proxies.
        GROWTH,

        /// S=100: twice as many proxies at once as in PROXIES, of a Pilot that is not warm.
        CROWD
    }

    /// Times that 500 proxies come and go before 1,000 come at once. After one the compiler takes two fifths of the CPU yet.
    private static final int WARM_CROWDS = 4;

    @Mixin private Bench.Output output = new Bench.Output();

    @Option(
            names = "--work",
            split = ",",
            description = "Only this: proxies, endpoints, services, growth, crowd (default: all).")
    private List<Work> works = List.of(Work.values());

    @Option(
            names = "--only",
            split = ",",
            description = "Only this transport: plaintext or mtls (default: both).")
    private List<Transport> transports = List.of(Transport.values());

    @Option(
            names = "--protocol",
            defaultValue = "delta",
            description = "delta or state_of_the_world (default: ${DEFAULT-VALUE}).")
    private Protocol protocol = Protocol.DELTA;

    @Option(
            names = "--pilot-jvm",
            defaultValue = "-Xmx768m -XX:+UseSerialGC",
            description = "Flags of Pilot's JVM (default: ${DEFAULT-VALUE}).")
    private String pilotJvm = "";

    @Override
    public Integer call() throws IOException, InterruptedException {
        var report = new Report(System.out);
        report.condition(
                "workload",
                "S services with 10 endpoints each, in 10 namespaces, on 10 HTTP ports; each with a VirtualService (90 to 10, timeout, retries, a header) and a DestinationRule (two subsets, pool, outlier detection); no Sidecar");
        report.condition(
                "proxies",
                "N sidecars (capture by redirect), each with its own connection and asking for everything as Envoy does ("
                        + protocol.name().toLowerCase(Locale.ROOT)
                        + ")");
        report.condition(
                "clock",
                "from before the first byte of a change that the load program, in Galley's place, publishes by MCP over mTLS, to the ACK");
        report.condition(
                "CPU",
                "Pilot's process alone, user and system, until a second after the last ACK ("
                        + Runtime.getRuntime().availableProcessors()
                        + " cores shared with the load program); medians");
        report.condition(
                "Pilot's JVM",
                pilotJvm + ", from an unpacked jar with an AOT cache, as by mesh up");
        report.condition(
                "measured",
                works.stream().map(Work::name).collect(Collectors.joining(", "))
                        + " over "
                        + transports.stream()
                                .map(Transport::label)
                                .collect(Collectors.joining(", ")));
        var folder = Files.createTempDirectory("bench-pilot-jar");
        try {
            var jar = UnpackedJar.of(SourceTree.root(), "pilot-service", folder);
            var flags = Arrays.asList(pilotJvm.split(" "));
            report.progress("a run on a small mesh, whose AOT cache is used from then on");
            train(jar, flags, report);
            for (var work : works) {
                var starts = new Starts(jar.jar(), jar.trained(flags), report);
                switch (work) {
                    case PROXIES -> proxies(starts);
                    case ENDPOINTS -> endpoints(starts);
                    case SERVICES -> services(starts);
                    case GROWTH -> growth(starts);
                    case CROWD -> crowd(starts);
                }
            }
        } finally {
            Folders.delete(folder);
        }
        return report.finish(output.json);
    }

    /// What every measurement starts with.
    private record Starts(Path jar, List<String> flags, Report report) {
        PilotUnderLoad pilot(int services) throws IOException, InterruptedException {
            return PilotUnderLoad.start(services, jar, flags, report);
        }
    }

    private void train(UnpackedJar jar, List<String> flags, Report report)
            throws IOException, InterruptedException {
        try (var pilot = PilotUnderLoad.start(20, jar.jar(), jar.training(flags), report);
                var swarm = pilot.connect(20, 20, Transport.PLAINTEXT, protocol)) {
            pilot.edits(swarm, 2, 1);
        }
        if (!Files.isRegularFile(jar.cache())) {
            throw new IllegalStateException("Pilot has written no AOT cache");
        }
    }

    private void proxies(Starts starts) throws IOException, InterruptedException {
        var report = starts.report();
        for (var transport : transports) {
            var goals = transport == Transport.PLAINTEXT;
            var label = ", S=100 N=1000, " + transport.label();
            try (var pilot = starts.pilot(100)) {
                for (var round = 0; round < WARM_CROWDS; round++) {
                    pilot.connect(500, 250, transport, protocol).close();
                }
                pilot.awaitIdle();
                var before = pilot.cpu();
                try (var swarm = pilot.connect(1000, 1000, transport, protocol)) {
                    report.add(
                            "CPU while all connect at once" + label,
                            pilot.cpu() - before,
                            "CPU-s",
                            goals ? 6.0 : null);
                    report.add("until all have all" + label, pilot.connectSeconds(), "s", null);
                    report.add(
                            "peak memory of Pilot" + label,
                            pilot.peakMebibytes(),
                            "MiB",
                            goals ? 700.0 : null);
                    edits(pilot, swarm, 1000, label, goals ? 20.0 : null, report);
                    var change = pilot.endpointChanges(swarm, 20, 15);
                    report.add(
                            "CPU of an endpoint change" + label,
                            change.cpu(),
                            "CPU-s",
                            goals ? 0.2 : null);
                    report.add(
                            "endpoint change to the last ACK, the slowest" + label,
                            change.slowest(),
                            "s",
                            goals ? 0.25 : null);
                }
            }
        }
    }

    /// @param kilobytesGoal for each proxy; null where there are no goals
    private static void edits(
            PilotUnderLoad pilot,
            Swarm swarm,
            int proxies,
            String label,
            @Nullable Double kilobytesGoal,
            Report report)
            throws IOException {
        var edit = pilot.edits(swarm, 20, 9);
        var goals = kilobytesGoal != null;
        report.add("CPU of an edit" + label, edit.cpu(), "CPU-s", goals ? 0.5 : null);
        report.add("edit to the last ACK" + label, edit.last(), "s", goals ? 1.0 : null);
        report.add(
                "sent for an edit to each" + label,
                edit.bytes() / (double) proxies / 1000,
                "kB",
                kilobytesGoal);
        report.add("load program's CPU of an edit" + label, edit.ownCpu(), "CPU-s", null);
    }

    private void endpoints(Starts starts) throws IOException, InterruptedException {
        var report = starts.report();
        for (var transport : transports) {
            var goals = transport == Transport.PLAINTEXT;
            var label = ", S=100 N=1, " + transport.label();
            try (var pilot = starts.pilot(100);
                    var swarm = pilot.connect(1, 1, transport, protocol)) {
                var milliseconds = pilot.endpointLatencies(swarm, 300, 400);
                report.add(
                        "endpoint change to ACK, p50" + label,
                        PilotUnderLoad.percentile(milliseconds, 50),
                        "ms",
                        goals ? 10.0 : null);
                report.add(
                        "endpoint change to ACK, p99" + label,
                        PilotUnderLoad.percentile(milliseconds, 99),
                        "ms",
                        goals ? 25.0 : null);
                report.add(
                        "a change every 50 ms for 3 s: the first seen after" + label,
                        pilot.burst(swarm),
                        "s",
                        goals ? 0.2 : null);
            }
        }
    }

    private void services(Starts starts) throws IOException, InterruptedException {
        var report = starts.report();
        for (var transport : transports) {
            var goals = transport == Transport.PLAINTEXT;
            var label = ", S=1000 N=100, " + transport.label();
            try (var pilot = starts.pilot(1000)) {
                try (var first = pilot.connect(1, 1, transport, protocol)) {
                    report.add(
                            "Pilot's start to the first proxy's whole config, S=1000, "
                                    + transport.label(),
                            pilot.secondsSinceStart(first.lastAcknowledged()),
                            "s",
                            goals ? 8.0 : null);
                }
                try (var swarm = pilot.connect(100, 100, transport, protocol)) {
                    edits(pilot, swarm, 100, label, goals ? 100.0 : null, report);
                    report.add("peak memory of Pilot" + label, pilot.peakMebibytes(), "MiB", null);
                }
            }
        }
    }

    private void crowd(Starts starts) throws IOException, InterruptedException {
        var report = starts.report();
        for (var transport : transports) {
            var label = ", S=100 N=2000, " + transport.label();
            try (var pilot = starts.pilot(100)) {
                var before = pilot.cpu();
                try (var _ = pilot.connect(2000, 2000, transport, protocol)) {
                    report.add(
                            "CPU while all connect at once" + label,
                            pilot.cpu() - before,
                            "CPU-s",
                            null);
                    report.add("until all have all" + label, pilot.connectSeconds(), "s", null);
                    report.add("peak memory of Pilot" + label, pilot.peakMebibytes(), "MiB", null);
                }
            }
        }
    }

    /// The two of a ratio are measured when the compiler is done: what it does, or has done, in between would count as growth or thrift.
    private void growth(Starts starts) throws IOException, InterruptedException {
        var report = starts.report();
        for (var transport : transports) {
            var label = ", " + transport.label();
            var goals = transport == Transport.PLAINTEXT;
            double few;
            try (var pilot = starts.pilot(100)) {
                few = cpuOfAnEdit(pilot, 250, transport);
                report.add("CPU of an edit, S=100 N=250" + label, few * 1000, "CPU-ms", null);
                report.add(
                        "CPU of an edit, N=500 to N=250 (S=100)" + label,
                        cpuOfAnEdit(pilot, 500, transport) / few,
                        "times",
                        goals ? 2.2 : null);
            }
            try (var pilot = starts.pilot(200)) {
                report.add(
                        "CPU of an edit, S=200 to S=100 (N=250)" + label,
                        cpuOfAnEdit(pilot, 250, transport) / few,
                        "times",
                        goals ? 1.3 : null);
            }
        }
    }

    private double cpuOfAnEdit(PilotUnderLoad pilot, int proxies, Transport transport)
            throws IOException, InterruptedException {
        try (var swarm = pilot.connect(proxies, 250, transport, protocol)) {
            return pilot.cpuOfAnEdit(swarm).cpu();
        }
    }
}
