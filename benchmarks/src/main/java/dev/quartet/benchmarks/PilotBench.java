package dev.quartet.benchmarks;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.quartet.benchmarks.load.Protocol;
import dev.quartet.benchmarks.load.Swarm;
import dev.quartet.benchmarks.mesh.PilotStack;
import dev.quartet.benchmarks.mesh.ProcessCost;
import dev.quartet.benchmarks.mesh.ShopConfig;
import dev.quartet.config.Kind;
import dev.quartet.identity.ServiceIdentity;
import dev.quartet.testkit.Folders;
import dev.quartet.testkit.SourceTree;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// What one edit of a VirtualService costs a Pilot with many proxies.
@Command(
        name = "pilot",
        description =
                "One VirtualService is edited; how much CPU does Pilot use, and when has the last proxy ACKed?",
        mixinStandardHelpOptions = true)
public final class PilotBench implements Callable<Integer> {
    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final double CPU_GOAL_SECONDS = 1;
    private static final double ACK_GOAL_SECONDS = 2;
    private static final int GOAL_SERVICES = 100;
    private static final int GOAL_PROXIES = 1000;

    enum Transport {
        PLAINTEXT,
        MTLS
    }

    @Mixin private Bench.Output output = new Bench.Output();

    @Option(
            names = "--services",
            defaultValue = "100",
            description = "Services of the mesh (default: ${DEFAULT-VALUE}).")
    private int services;

    @Option(
            names = "--proxies",
            defaultValue = "1000",
            description =
                    "Connected proxies; also the number of workload instances (default: ${DEFAULT-VALUE}).")
    private int proxies;

    @Option(
            names = "--warm-up",
            defaultValue = "15",
            description = "Edits before the measured ones (default: ${DEFAULT-VALUE}).")
    private int warmUp;

    @Option(
            names = "--edits",
            defaultValue = "7",
            description = "Measured edits; the median counts (default: ${DEFAULT-VALUE}).")
    private int edits;

    @Option(
            names = "--only",
            description = "Only this transport: plaintext or mtls (default: both).")
    private List<Transport> transports = List.of(Transport.values());

    @Option(
            names = "--protocol",
            description =
                    "Only this protocol: delta or state_of_the_world (default: both, state-of-the-world over plaintext only).")
    private List<Protocol> protocols = List.of(Protocol.values());

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
                "S=%d services in %d namespaces, %d workload instances, every tenth service with two subsets and a weighted route"
                        .formatted(services, ShopConfig.NAMESPACES, proxies));
        report.condition(
                "proxies",
                "N=%d sidecars (capture by redirect), each with its own connection; all subscribe as Envoy does and ACK everything"
                        .formatted(proxies));
        report.condition(
                "change",
                "one weight of one VirtualService, published by MCP over mTLS by the load program in Galley's place; the clock starts before the first byte");
        report.condition("warm-up", warmUp + " edits; then the median of " + edits);
        report.condition(
                "CPU",
                "Pilot's process alone, user and system, from the change until a second after the last ACK ("
                        + Runtime.getRuntime().availableProcessors()
                        + " cores shared with the load program)");
        report.condition("Pilot's JVM", pilotJvm);
        var folder = Files.createTempDirectory("bench-pilot");
        var config = new ShopConfig(services, proxies);
        report.progress("starting Citadel and Pilot");
        try (var stack =
                new PilotStack(SourceTree.root(), folder, config, List.of(pilotJvm.split(" ")))) {
            for (var transport : transports) {
                for (var protocol : protocols) {
                    if (transport == Transport.PLAINTEXT
                            || protocol == Protocol.DELTA
                            || transports.size() == 1) {
                        measure(stack, config, transport, protocol, report);
                    }
                }
            }
        } finally {
            Folders.delete(folder);
        }
        return report.finish(output.json);
    }

    private void measure(
            PilotStack stack,
            ShopConfig config,
            Transport transport,
            Protocol protocol,
            Report report)
            throws IOException, InterruptedException {
        var name =
                transport.name().toLowerCase(Locale.ROOT)
                        + ", "
                        + protocol.name().toLowerCase(Locale.ROOT).replace('_', '-');
        report.progress("connecting " + proxies + " proxies (" + name + ")");
        var identities =
                transport == Transport.MTLS ? stack.proxyIdentities() : List.<ServiceIdentity>of();
        var pilotPid = stack.pilot().pid();
        var connectStart = System.nanoTime();
        var connectCpu = ProcessCost.cpuSeconds(pilotPid);
        try (var swarm =
                Swarm.connect(
                        proxies,
                        protocol,
                        proxy -> node(config, proxy),
                        proxy ->
                                switch (transport) {
                                    case PLAINTEXT ->
                                            builder("127.0.0.1", stack.port(15010))
                                                    .usePlaintext()
                                                    .build();
                                    case MTLS ->
                                            builder("127.0.0.1", stack.port(15011))
                                                    .sslContext(
                                                            identities
                                                                    .get(
                                                                            config.serviceOf(proxy)
                                                                                    % ShopConfig
                                                                                            .NAMESPACES)
                                                                    .tls()
                                                                    .client(stack.pilotId()))
                                                    .build();
                                },
                        LIMIT)) {
            report.add(
                    "all proxies connected (" + name + ")",
                    (System.nanoTime() - connectStart) / 1e9 - 2,
                    "s",
                    null);
            report.add(
                    "Pilot's CPU for that (" + name + ")",
                    ProcessCost.cpuSeconds(pilotPid) - connectCpu,
                    "CPU-s",
                    null);
            var cpu = new ArrayList<Double>();
            var seconds = new ArrayList<Double>();
            var clientCpu = new ArrayList<Double>();
            var bytes = 0L;
            for (var edit = 0; edit < warmUp + edits; edit++) {
                var ownBefore = ProcessCost.cpuSeconds(ProcessHandle.current().pid());
                var before = ProcessCost.cpuSeconds(pilotPid);
                swarm.begin();
                var start =
                        stack.source()
                                .publish(
                                        Kind.VIRTUAL_SERVICE,
                                        config.editedRoute(
                                                edit % 2 == 0 ? 51 + edit % 40 : 49 - edit % 40));
                var round = swarm.finish(start, LIMIT);
                var used = ProcessCost.cpuSeconds(pilotPid) - before;
                bytes = round.bytes();
                report.progress(
                        String.format(
                                Locale.ROOT,
                                "%s edit %2d (%s): last ACK after %.3f s, Pilot %.2f CPU-s, %.1f MB",
                                name,
                                edit + 1,
                                edit < warmUp ? "warm-up" : "measured",
                                round.seconds(),
                                used,
                                bytes / 1e6));
                if (edit >= warmUp) {
                    cpu.add(used);
                    seconds.add(round.seconds());
                    clientCpu.add(
                            ProcessCost.cpuSeconds(ProcessHandle.current().pid()) - ownBefore);
                }
            }
            var counts =
                    transport == Transport.PLAINTEXT
                            && protocol == Protocol.DELTA
                            && services == GOAL_SERVICES
                            && proxies == GOAL_PROXIES;
            report.add(
                    "Pilot's CPU for one edit (" + name + ")",
                    Median.of(cpu),
                    "CPU-s",
                    counts ? CPU_GOAL_SECONDS : null);
            report.add(
                    "change to last ACK (" + name + ")",
                    Median.of(seconds),
                    "s",
                    counts ? ACK_GOAL_SECONDS : null);
            report.add("sent for one edit (" + name + ")", bytes / 1e6, "MB", null);
            report.add(
                    "load program's CPU for one edit (" + name + ")",
                    Median.of(clientCpu),
                    "CPU-s",
                    null);
        }
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
}
