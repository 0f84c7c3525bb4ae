package dev.quartet.pilot;

import dev.quartet.config.Reason;
import dev.quartet.pilot.ingest.MeshInputs;
import dev.quartet.pilot.snapshot.Findings;
import dev.quartet.pilot.snapshot.MeshSnapshot;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The figures of the mesh as a whole, with Istio 1.4's names. Those of what it finds odd are worked out when somebody asks for
/// them, once for each snapshot.
final class MeshMetrics {
    /// Clusters without endpoints that are named; `pilot_eds_no_instances` counts all of them.
    static final int MAX_CLUSTERS = 100;

    private final Counter configUpdates;
    private final Counter serviceUpdates;
    private final Counter endpointUpdates;
    private final Counter failures;
    private @Nullable MeshInputs last;

    MeshMetrics(Mesh mesh, MeterRegistry meters, PrometheusRegistry registry) {
        this.configUpdates = updates("config", meters);
        this.serviceUpdates = updates("svc", meters);
        this.endpointUpdates = updates("eds", meters);
        this.failures =
                Counter.builder("pilot_xds_push_context_errors")
                        .description("Inputs of which no snapshot could be made")
                        .register(meters);
        gauge(
                "pilot_services",
                "Services that Pilot knows",
                mesh,
                MeshSnapshot::serviceCount,
                meters);
        gauge(
                "pilot_virt_services",
                "VirtualServices that Pilot knows",
                mesh,
                MeshSnapshot::virtualServiceCount,
                meters);
        for (var kind : Findings.Kind.values()) {
            gauge(kind.metric(), help(kind), mesh, it -> it.findings().count(kind), meters);
        }
        Gauge.builder(
                        "pilot_conflict_outbound_listener_tcp_over_current_tcp",
                        mesh,
                        it ->
                                it.problems().stream()
                                        .filter(problem ->
                                                problem.reason() == Reason.CONFLICTING_LISTENERS)
                                        .count())
                .description("Services and routes whose connections another one has")
                .register(meters);
        Gauge.builder(
                        "pilot_total_rejected_configs",
                        mesh,
                        it ->
                                it.problems().stream()
                                        .map(problem -> String.valueOf(problem.resource()))
                                        .distinct()
                                        .count())
                .description("Resources of which something could not be made as users asked")
                .register(meters);
        registry.register((MultiCollector) () -> clusters(mesh));
    }

    private static String help(Findings.Kind kind) {
        return switch (kind) {
            case NO_ENDPOINTS -> "Clusters without endpoints";
            case NO_ADDRESS -> "Workloads of services of which nobody says where they are";
            case HOST_ROUTED_TWICE -> "Hosts that several VirtualServices route";
            case SUBSET_TWICE -> "Subsets that several DestinationRules of a host define";
            case CLUSTER_TWICE -> "Clusters that a service has two ports for";
            case PORT_TWICE -> "Ports of workloads on which two services speak different protocols";
        };
    }

    private interface Figure {
        int of(MeshSnapshot snapshot);
    }

    private static void gauge(
            String name, String help, Mesh mesh, Figure figure, MeterRegistry meters) {
        Gauge.builder(name, mesh, it -> it.count(figure::of)).description(help).register(meters);
    }

    private static Counter updates(String type, MeterRegistry meters) {
        return Counter.builder("pilot_inbound_updates")
                .description("Changes of config, services and endpoints that came in")
                .tag("type", type)
                .register(meters);
    }

    /// Only those that have none: one series for each cluster would be too many.
    private static MetricSnapshots clusters(Mesh mesh) {
        var gauge =
                GaugeSnapshot.builder()
                        .name("pilot_xds_eds_instances")
                        .help("Endpoints of a cluster, of those that have none");
        mesh.snapshot()
                .map(snapshot -> snapshot.findings().of(Findings.Kind.NO_ENDPOINTS).keySet())
                .ifPresent(clusters ->
                        clusters.stream()
                                .limit(MAX_CLUSTERS)
                                .forEach(cluster ->
                                        gauge.dataPoint(
                                                GaugeSnapshot.GaugeDataPointSnapshot.builder()
                                                        .labels(Labels.of("cluster", cluster))
                                                        .value(0)
                                                        .build())));
        return MetricSnapshots.of(gauge.build());
    }

    /// Counts what comes and what cannot be worked with; that goes on to the caller. For one thread.
    Consumer<MeshInputs> counted(Consumer<MeshInputs> work) {
        return inputs -> {
            came(inputs);
            try {
                work.accept(inputs);
            } catch (RuntimeException e) {
                failures.increment();
                throw e;
            }
        };
    }

    private void came(MeshInputs inputs) {
        var before = last;
        last = inputs;
        if (before == null || !before.config().revision().equals(inputs.config().revision())) {
            configUpdates.increment();
        }
        var registry = inputs.registry();
        var known = before == null ? null : before.registry();
        if (known != registry && (known == null || !known.services().equals(registry.services()))) {
            serviceUpdates.increment();
        }
        if (before == null
                || !before.presences().all().equals(inputs.presences().all())
                || known != registry
                        && !registry.workloads().equals(before.registry().workloads())) {
            endpointUpdates.increment();
        }
    }
}
