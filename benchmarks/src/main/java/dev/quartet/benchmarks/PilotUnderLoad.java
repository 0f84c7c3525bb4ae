package dev.quartet.benchmarks;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.quartet.benchmarks.load.Protocol;
import dev.quartet.benchmarks.load.Swarm;
import dev.quartet.benchmarks.load.TypeUrls;
import dev.quartet.benchmarks.mesh.PilotStack;
import dev.quartet.benchmarks.mesh.ProcessCost;
import dev.quartet.benchmarks.mesh.ShopConfig;
import dev.quartet.config.Kind;
import dev.quartet.identity.ServiceIdentity;
import dev.quartet.testkit.Folders;
import dev.quartet.testkit.SourceTree;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;

/// A real Pilot with a mesh of some size, and what it costs to serve it. For one thread.
final class PilotUnderLoad implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final Duration SETTLED = Duration.ofSeconds(1);

    /// More than the time for which Pilot puts changes together.
    private static final Duration APART = Duration.ofMillis(60);

    private static final Duration BURST = Duration.ofSeconds(3);
    private static final Duration BURST_PACE = Duration.ofMillis(50);

    private static final int WARM_EDITS = 500;
    private static final int MEASURED_EDITS = 150;

    /// So often edits are measured until the compiler takes no more of their CPU than its share.
    private static final int MOST_ROUNDS = 10;

    private static final double WARM_SHARE = 0.05;

    /// Medians over some changes.
    ///
    /// @param cpu of Pilot, in seconds
    /// @param last seconds to the last ACK
    /// @param slowest of all changes
    /// @param bytes to all proxies together
    /// @param ownCpu of the load program
    record Cost(double cpu, double last, double slowest, long bytes, double ownCpu) {}

    private final Path folder;
    private final ShopConfig config;
    private final PilotStack stack;
    private final Report report;
    private int changes;
    private double connectSeconds;

    private PilotUnderLoad(Path folder, ShopConfig config, PilotStack stack, Report report) {
        this.folder = folder;
        this.config = config;
        this.stack = stack;
        this.report = report;
    }

    /// @param jar Pilot's
    static PilotUnderLoad start(int services, Path jar, List<String> jvm, Report report)
            throws IOException, InterruptedException {
        report.progress("starting Citadel and Pilot, S=" + services);
        var folder = Files.createTempDirectory("bench-pilot");
        var config = new ShopConfig(services);
        try {
            return new PilotUnderLoad(
                    folder,
                    config,
                    new PilotStack(SourceTree.root(), folder, config, jar, jvm),
                    report);
        } catch (IOException | InterruptedException | RuntimeException failure) {
            Folders.delete(folder);
            throw failure;
        }
    }

    /// CPU seconds of Pilot so far.
    double cpu() {
        return ProcessCost.cpuSeconds(pid());
    }

    private long pid() {
        return stack.pilot().pid();
    }

    double peakMebibytes() {
        return ProcessCost.peakBytes(pid()) / 1024.0 / 1024;
    }

    double secondsSinceStart(long nanos) {
        return (nanos - stack.pilotStartedNanos()) / 1e9;
    }

    /// How long the last [#connect] took.
    double connectSeconds() {
        return connectSeconds;
    }

    Swarm connect(int proxies, int atOnce, PilotBench.Transport transport, Protocol protocol)
            throws IOException, InterruptedException {
        report.progress("connecting " + proxies + " proxies over " + transport.label());
        var identities =
                transport == PilotBench.Transport.MTLS
                        ? stack.proxyIdentities()
                        : List.<ServiceIdentity>of();
        var start = System.nanoTime();
        var swarm =
                Swarm.connect(
                        proxies,
                        atOnce,
                        protocol,
                        proxy -> node(config, proxy),
                        proxy -> channel(proxy, transport, identities),
                        LIMIT);
        connectSeconds = (swarm.lastAcknowledged() - start) / 1e9;
        return swarm;
    }

    private ManagedChannel channel(
            int proxy, PilotBench.Transport transport, List<ServiceIdentity> identities) {
        return switch (transport) {
            case PLAINTEXT -> builder("127.0.0.1", stack.port(15010)).usePlaintext().build();
            case MTLS ->
                    builder("127.0.0.1", stack.port(15011))
                            .sslContext(
                                    identities
                                            .get(config.serviceOf(proxy) % ShopConfig.NAMESPACES)
                                            .tls()
                                            .client(stack.pilotId()))
                            .build();
        };
    }

    /// Until Pilot does nothing any more.
    void awaitIdle() {
        var before = -1.0;
        for (var now = cpu(); now > before + 0.02; now = cpu()) {
            before = now;
            LockSupport.parkNanos(SETTLED.toNanos());
        }
    }

    /// One weight of one VirtualService, many times.
    Cost edits(Swarm swarm, int warmUp, int measured) throws IOException {
        return cost(swarm, TypeUrls.ROUTES, warmUp, measured, Kind.VIRTUAL_SERVICE);
    }

    /// The weight of one endpoint, many times.
    Cost endpointChanges(Swarm swarm, int warmUp, int measured) throws IOException {
        return cost(swarm, TypeUrls.ENDPOINTS, warmUp, measured, Kind.WORKLOAD_ENTRY);
    }

    private Cost cost(Swarm swarm, String awaited, int warmUp, int measured, Kind kind)
            throws IOException {
        var cpu = new ArrayList<Double>();
        var last = new ArrayList<Double>();
        var ownCpu = new ArrayList<Double>();
        var own = ProcessHandle.current().pid();
        var slowest = 0.0;
        var bytes = 0L;
        for (var change = 0; change < warmUp + measured; change++) {
            var ownBefore = ProcessCost.cpuSeconds(own);
            var before = cpu();
            swarm.begin(awaited);
            var round = swarm.finish(publish(kind), SETTLED, LIMIT);
            var used = cpu() - before;
            bytes = round.bytes();
            report.progress(
                    String.format(
                            Locale.ROOT,
                            "%s %2d (%s): last ACK after %.3f s, Pilot %.2f CPU-s, %.2f MB",
                            kind.label(),
                            change + 1,
                            change < warmUp ? "warm-up" : "measured",
                            round.seconds(),
                            used,
                            bytes / 1e6));
            if (change >= warmUp) {
                cpu.add(used);
                last.add(round.seconds());
                slowest = Math.max(slowest, round.seconds());
                ownCpu.add(ProcessCost.cpuSeconds(own) - ownBefore);
            }
        }
        return new Cost(Median.of(cpu), Median.of(last), slowest, bytes, Median.of(ownCpu));
    }

    private long publish(Kind kind) {
        changes++;
        return stack.source()
                .publish(
                        kind,
                        kind == Kind.VIRTUAL_SERVICE
                                ? config.editedRoute(
                                        changes % 2 == 0 ? 51 + changes % 40 : 49 - changes % 40)
                                : config.editedEndpoint(2 + changes % 100));
    }

    /// Mean seconds of Pilot's CPU for each of many edits, exact where a single one is less than the clock's step of 10 ms.
    ///
    /// @param cpu all of it
    /// @param compiler what of it the JVM's compiler took
    /// @param collector what of it the garbage collector took
    record Spent(double cpu, double compiler, double collector) {
        private Spent minus(Spent earlier) {
            return new Spent(
                    cpu - earlier.cpu, compiler - earlier.compiler, collector - earlier.collector);
        }

        private Spent each(int edits) {
            return new Spent(cpu / edits, compiler / edits, collector / edits);
        }
    }

    /// Of edits one after the other, once the compiler has little left to do.
    Spent cpuOfAnEdit(Swarm swarm) {
        edits(swarm, WARM_EDITS);
        var spent = spentOnEdits(swarm);
        for (var round = 1;
                round < MOST_ROUNDS && spent.compiler() > WARM_SHARE * spent.cpu();
                round++) {
            spent = spentOnEdits(swarm);
        }
        return spent;
    }

    private Spent spentOnEdits(Swarm swarm) {
        var before = spent();
        edits(swarm, MEASURED_EDITS);
        var spent = spent().minus(before).each(MEASURED_EDITS);
        report.progress(
                String.format(
                        Locale.ROOT,
                        "an edit: %.1f CPU-ms, of it the compiler's %.1f and the collector's %.1f",
                        spent.cpu() * 1000,
                        spent.compiler() * 1000,
                        spent.collector() * 1000));
        return spent;
    }

    private Spent spent() {
        return new Spent(
                cpu(),
                ProcessCost.cpuSeconds(pid(), "C1 Compiler")
                        + ProcessCost.cpuSeconds(pid(), "C2 Compiler"),
                ProcessCost.cpuSeconds(pid(), "VM Thread"));
    }

    private void edits(Swarm swarm, int count) {
        for (var edit = 0; edit < count; edit++) {
            LockSupport.parkNanos(APART.toNanos());
            swarm.begin(TypeUrls.ROUTES);
            swarm.finish(publish(Kind.VIRTUAL_SERVICE), Duration.ZERO, LIMIT);
        }
        swarm.quiet(SETTLED);
        report.progress(count + " edits");
    }

    /// In milliseconds, each change after the one before is ACKed and the next may go at once.
    List<Double> endpointLatencies(Swarm swarm, int warmUp, int measured) {
        var milliseconds = new ArrayList<Double>();
        for (var change = 0; change < warmUp + measured; change++) {
            LockSupport.parkNanos(APART.toNanos());
            swarm.begin(TypeUrls.ENDPOINTS);
            var round = swarm.finish(publish(Kind.WORKLOAD_ENTRY), Duration.ZERO, LIMIT);
            if (change >= warmUp) {
                milliseconds.add(round.seconds() * 1000);
            }
        }
        return milliseconds;
    }

    /// Seconds from the first of many changes to the first ACK of one.
    double burst(Swarm swarm) {
        swarm.quiet(SETTLED);
        swarm.begin(TypeUrls.ENDPOINTS);
        var start = publish(Kind.WORKLOAD_ENTRY);
        while (System.nanoTime() - start < BURST.toNanos()) {
            LockSupport.parkNanos(BURST_PACE.toNanos());
            publish(Kind.WORKLOAD_ENTRY);
        }
        return swarm.finish(start, SETTLED, LIMIT).firstSeconds();
    }

    static double percentile(List<Double> values, int percent) {
        var sorted = values.stream().sorted().toList();
        return sorted.get(Math.min(sorted.size() - 1, sorted.size() * percent / 100));
    }

    private static NettyChannelBuilder builder(String host, int port) {
        return NettyChannelBuilder.forAddress(host, port)
                .directExecutor()
                .proxyDetector(_ -> null)
                .maxInboundMessageSize(64 << 20);
    }

    static Node node(ShopConfig config, int proxy) {
        var service = config.serviceOf(proxy);
        var namespace = ShopConfig.namespace(service);
        var address = ShopConfig.address(proxy);
        var instance = "w-" + proxy;
        var metadata =
                Struct.newBuilder()
                        .putFields("NAMESPACE", text(namespace))
                        .putFields("SERVICE_ACCOUNT", text("default"))
                        .putFields("WORKLOAD_NAME", text("service-" + service))
                        .putFields("INSTANCE_IPS", text(address))
                        .putFields("INTERCEPTION_MODE", text("REDIRECT"))
                        .putFields("MESH_ID", text("cluster.local"))
                        .putFields(
                                "LABELS",
                                Value.newBuilder()
                                        .setStructValue(
                                                Struct.newBuilder()
                                                        .putFields(
                                                                "app", text("service-" + service))
                                                        .putFields("version", text("v1")))
                                        .build())
                        .putFields(
                                "PEER",
                                text(
                                        "workload=service-%1$d;namespace=%2$s;app=service-%1$d;version=v1;service_account=default;uid=%3$s.%2$s"
                                                .formatted(service, namespace, instance)));
        return Node.newBuilder()
                .setId(
                        "sidecar~"
                                + address
                                + "~"
                                + instance
                                + "."
                                + namespace
                                + "~"
                                + namespace
                                + ".svc.cluster.local")
                .setCluster("service-" + service + "." + namespace)
                .setMetadata(metadata)
                .build();
    }

    private static Value text(String value) {
        return Value.newBuilder().setStringValue(value).build();
    }

    @Override
    public void close() {
        stack.close();
        Folders.delete(folder);
    }
}
