package dev.quartet.galley;

import dev.quartet.config.Kind;
import dev.quartet.config.Problem;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Severity;
import dev.quartet.galley.change.ChangeDesk;
import dev.quartet.galley.mcp.McpObserver;
import dev.quartet.galley.process.JudgedConfig;
import dev.quartet.galley.snapshot.Revision;
import dev.quartet.galley.status.RevisionStatus;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Galley's metrics, under Istio 1.4's names, because its dashboards query them. Names that client_java reserves for
/// counters (`…_total` of a gauge) or denies them (a counter without `_total`) are written as snapshots of their own.
final class GalleyMetrics implements ChangeDesk.Observer, McpObserver {
    private static final String COMPONENT = "galley";

    private final Counter onChange;
    private final Counter events;
    private final Counter published;
    private final Counter acks;
    private final Counter nacks;
    private final Counter receiveFailures;
    private final Histogram messageSizes;
    private final Map<Labels, LongAdder> passed = new ConcurrentHashMap<>();
    private final Map<Labels, LongAdder> failed = new ConcurrentHashMap<>();
    private volatile int sinks;
    private volatile @Nullable Supplier<JudgedConfig> config;
    private volatile @Nullable Supplier<Revision> revision;
    private volatile @Nullable Supplier<RevisionStatus> status;

    GalleyMetrics(PrometheusRegistry registry) {
        onChange =
                counter(
                        "galley_runtime_strategy_on_change",
                        "Changes seen in the watched directory",
                        registry);
        events =
                counter(
                        "galley_runtime_processor_events_processed",
                        "Resources of accepted REST changes",
                        registry);
        published =
                counter(
                        "galley_runtime_processor_snapshots_published",
                        "Revisions published",
                        registry);
        acks =
                counter(
                        "istio_mcp_request_acks",
                        "Pushes that sinks took",
                        registry,
                        "component",
                        "collection");
        nacks =
                counter(
                        "istio_mcp_request_nacks",
                        "Pushes that sinks refused",
                        registry,
                        "component",
                        "collection");
        receiveFailures =
                counter(
                        "istio_mcp_recv_failures",
                        "Streams of sinks that broke",
                        registry,
                        "component");
        receiveFailures.initLabelValues(COMPONENT);
        messageSizes =
                Histogram.builder()
                        .name("istio_mcp_message_sizes_bytes")
                        .help("Size of pushes")
                        .labelNames("component", "collection")
                        .withoutExemplars()
                        .classicOnly()
                        .classicUpperBounds(100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000)
                        .register(registry);
        registry.register((MultiCollector) this::collect);
    }

    private static Counter counter(
            String name, String help, PrometheusRegistry registry, String... labels) {
        return Counter.builder()
                .name(name)
                .help(help)
                .labelNames(labels)
                .withoutExemplars()
                .register(registry);
    }

    /// Where the figures of the moment come from, once the stages are there.
    void watch(
            Supplier<JudgedConfig> config,
            Supplier<Revision> revision,
            Supplier<RevisionStatus> status) {
        this.config = config;
        this.revision = revision;
        this.status = status;
    }

    void published() {
        published.inc();
    }

    @Override
    public void accepted(Collection<ResourceKey> resources) {
        events.inc(resources.size());
        resources.forEach(key ->
                passed.computeIfAbsent(kind(key.kind()), labels -> new LongAdder()).increment());
    }

    @Override
    public void refused(Collection<Problem> errors) {
        for (var error : errors) {
            var resource = error.resource();
            var labels = resource == null ? unknownKind() : kind(resource.kind());
            failed.computeIfAbsent(
                            labels.add("reason", error.reason().label()), any -> new LongAdder())
                    .increment();
        }
    }

    @Override
    public void sourceChanged() {
        onChange.inc();
    }

    @Override
    public void sinks(int connected) {
        sinks = connected;
    }

    @Override
    public void sent(String collection, int sizeBytes) {
        messageSizes.labelValues(COMPONENT, known(collection)).observe(sizeBytes);
    }

    @Override
    public void acknowledged(String collection) {
        acks.labelValues(COMPONENT, known(collection)).inc();
    }

    @Override
    public void refused(String collection) {
        nacks.labelValues(COMPONENT, known(collection)).inc();
    }

    @Override
    public void streamFailed() {
        receiveFailures.labelValues(COMPONENT).inc();
    }

    /// A sink may ask for any name: labels stay bounded.
    private static String known(String collection) {
        return Kind.ofCollection(collection).isPresent() ? collection : "unknown";
    }

    private static Labels kind(Kind kind) {
        return Labels.of(
                "group",
                kind.group(),
                "resource",
                kind.plural(),
                "version",
                kind.versions().getFirst());
    }

    private static Labels unknownKind() {
        return Labels.of("group", "unknown", "resource", "unknown", "version", "unknown");
    }

    private MetricSnapshots collect() {
        var snapshots = new ArrayList<MetricSnapshot>();
        snapshots.add(untyped("galley_validation_passed", "Resources let in", passed));
        snapshots.add(untyped("galley_validation_failed", "Errors of refused changes", failed));
        snapshots.add(
                CounterSnapshot.builder()
                        .name("istio_mcp_clients")
                        .help("Sinks connected")
                        .dataPoint(
                                CounterSnapshot.CounterDataPointSnapshot.builder()
                                        .labels(Labels.of("component", COMPONENT))
                                        .value(sinks)
                                        .build())
                        .build());
        var current = revision;
        if (current != null) {
            instances(current.get(), snapshots);
        }
        var judged = config;
        if (judged != null) {
            snapshots.add(problems(judged.get()));
        }
        var board = status;
        if (board != null) {
            var proxies = board.get().proxies();
            snapshots.add(
                    gauge(
                            "galley_proxies_connected",
                            "Proxies connected to all Pilots",
                            proxies.connected()));
            snapshots.add(
                    gauge(
                            "galley_proxies_in_force",
                            "Proxies that have the newest revision in force",
                            proxies.inForce()));
        }
        return new MetricSnapshots(snapshots);
    }

    private static void instances(Revision revision, Collection<MetricSnapshot> snapshots) {
        var total =
                CounterSnapshot.builder()
                        .name("galley_runtime_state_type_instances")
                        .help("Resources by collection");
        revision.collections()
                .forEach((kind, content) -> {
                    var count = content.resources().size();
                    total.dataPoint(
                            CounterSnapshot.CounterDataPointSnapshot.builder()
                                    .labels(Labels.of("collection", kind.collection()))
                                    .value(count)
                                    .build());
                    snapshots.add(
                            gauge(
                                    "galley_" + gaugeName(kind),
                                    "Resources of kind " + kind.label(),
                                    count));
                });
        snapshots.add(total.build());
    }

    /// `istio/networking/v1alpha3/virtualservices` → `istio_networking_virtualservices`.
    private static String gaugeName(Kind kind) {
        var parts = kind.collection().split("/");
        return parts[0] + "_" + parts[1] + "_" + parts[parts.length - 1];
    }

    private static MetricSnapshot problems(JudgedConfig config) {
        var gauge =
                GaugeSnapshot.builder()
                        .name("galley_config_problems")
                        .help("Problems of the config in force");
        for (var severity : Severity.values()) {
            var count = config.problems().stream().filter(it -> it.severity() == severity).count();
            gauge.dataPoint(
                    GaugeSnapshot.GaugeDataPointSnapshot.builder()
                            .labels(Labels.of("severity", severity.name()))
                            .value(count)
                            .build());
        }
        return gauge.build();
    }

    private static MetricSnapshot gauge(String name, String help, double value) {
        return GaugeSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder().value(value).build())
                .build();
    }

    private static MetricSnapshot untyped(String name, String help, Map<Labels, LongAdder> values) {
        var snapshot = UnknownSnapshot.builder().name(name).help(help);
        values.forEach((labels, value) ->
                snapshot.dataPoint(
                        UnknownSnapshot.UnknownDataPointSnapshot.builder()
                                .labels(labels)
                                .value(value.sum())
                                .build()));
        return snapshot.build();
    }
}
