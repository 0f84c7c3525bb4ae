package dev.quartet.galley;

import dev.quartet.admin.webhook.WebhookServer;
import dev.quartet.config.Kind;
import dev.quartet.config.Problem;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Severity;
import dev.quartet.galley.admission.ConfigReviewer;
import dev.quartet.galley.batch.Batch;
import dev.quartet.galley.change.ChangeDesk;
import dev.quartet.galley.cluster.ClusterWrites;
import dev.quartet.galley.conditions.StatusWriter;
import dev.quartet.galley.kube.KubernetesSource;
import dev.quartet.galley.mcp.McpObserver;
import dev.quartet.galley.process.JudgedConfig;
import dev.quartet.galley.snapshot.Revision;
import dev.quartet.galley.status.RevisionStatus;
import dev.quartet.kube.WebhookRegistration;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Galley's metrics, under Istio 1.4's names where it has one. Two of those are figures of the moment that end in
/// `_total`; the Prometheus client has that for counters only, so they are exported as such.
final class GalleyMetrics
        implements ChangeDesk.Observer,
                McpObserver,
                KubernetesSource.Observer,
                ConfigReviewer.Observer,
                WebhookServer.Observer,
                WebhookRegistration.Observer,
                StatusWriter.Observer,
                ClusterWrites.Observer {
    private static final String COMPONENT = "galley";
    private static final String INGRESS_GROUP = "networking.k8s.io";
    private static final String INGRESS = "Ingress";
    private static final String UNKNOWN = "unknown";

    private final Counter onChange;
    private final Counter events;
    private final Counter published;
    private final Counter converted;
    private final Counter notConverted;
    private final Counter acks;
    private final Counter nacks;
    private final Counter receiveFailures;
    private final Histogram messageSizes;
    private final Counter passed;
    private final Counter failed;
    private final Counter httpErrors;
    private final Counter registered;
    private final Counter notRegistered;
    private final Counter statusWrites;
    private final Counter statusFailures;
    private final Counter batches;
    private final PrometheusRegistry registry;
    private volatile int sinks;
    private volatile LongSupplier certificateUpdates = () -> 0;
    private volatile LongSupplier certificateFailures = () -> 0;

    GalleyMetrics(PrometheusRegistry registry) {
        this.registry = registry;
        onChange =
                counter(
                        "galley_runtime_strategy_on_change",
                        "Changes seen in the watched directory or the apiserver",
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
        converted =
                counter(
                        "galley_source_kube_dynamic_converter_success",
                        "Versions of Kubernetes objects read without an error",
                        registry,
                        "group",
                        "kind");
        notConverted =
                counter(
                        "galley_source_kube_dynamic_converter_failure",
                        "Versions of Kubernetes objects that have an error",
                        registry,
                        "group",
                        "kind");
        for (var kind : Kind.values()) {
            converted.initLabelValues(kind.group(), kind.label());
            notConverted.initLabelValues(kind.group(), kind.label());
        }
        converted.initLabelValues(INGRESS_GROUP, INGRESS);
        notConverted.initLabelValues(INGRESS_GROUP, INGRESS);
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
        for (var kind : Kind.values()) {
            acks.initLabelValues(COMPONENT, kind.collection());
            nacks.initLabelValues(COMPONENT, kind.collection());
        }
        passed =
                counter(
                        "galley_validation_passed",
                        "Resources let in",
                        registry,
                        "group",
                        "resource",
                        "version");
        failed =
                counter(
                        "galley_validation_failed",
                        "Errors of refused changes, and refused deletes",
                        registry,
                        "group",
                        "resource",
                        "version",
                        "reason");
        httpErrors =
                counter(
                        "galley_validation_http_error",
                        "Requests to the webhook answered by an error",
                        registry,
                        "status");
        for (var status : WebhookServer.ERRORS) {
            httpErrors.initLabelValues(status.toString());
        }
        registered =
                counter(
                        "galley_validation_config_updates",
                        "Webhook configurations made or repaired",
                        registry);
        notRegistered =
                counter(
                        "galley_validation_config_update_error",
                        "Writes of the webhook configuration that failed",
                        registry);
        statusWrites = counter("galley_status_writes", "Objects given another `.status`", registry);
        statusFailures =
                counter(
                        "galley_status_write_errors",
                        "Writes of an object's `.status` that failed",
                        registry);
        batches =
                counter(
                        "galley_batches",
                        "Changes by REST that were written to the apiserver, or taken back",
                        registry,
                        "outcome");
        for (var how : List.of(Batch.State.DONE, Batch.State.UNDONE)) {
            batches.initLabelValues(label(how));
        }
        messageSizes =
                Histogram.builder()
                        .name("istio_mcp_message_sizes_bytes")
                        .help("Size of pushes")
                        .labelNames("component", "collection")
                        .withoutExemplars()
                        .classicOnly()
                        .classicUpperBounds(100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000)
                        .register(registry);
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

    private static String label(Batch.State how) {
        return how.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public void batchEnded(Batch.State how) {
        batches.labelValues(label(how)).inc();
    }

    /// Where the figures of the moment come from. To be called once, when the stages are there.
    void watch(
            Supplier<JudgedConfig> config,
            Supplier<Revision> revision,
            Supplier<RevisionStatus> status) {
        registry.register(
                (MultiCollector)
                        () -> moment(config.get(), revision.get(), status.get().proxies()));
    }

    void published() {
        published.inc();
    }

    @Override
    public void accepted(Collection<ResourceKey> resources) {
        events.inc(resources.size());
        resources.forEach(this::passed);
    }

    @Override
    public void passed(ResourceKey resource) {
        var kind = resource.kind();
        passed.labelValues(kind.group(), kind.plural(), version(kind)).inc();
    }

    @Override
    public void refused(Collection<Problem> errors) {
        failed(errors);
    }

    @Override
    public void failed(Collection<Problem> errors) {
        for (var error : errors) {
            var resource = error.resource();
            var reason = error.reason().label();
            if (resource == null) {
                failed.labelValues(UNKNOWN, UNKNOWN, UNKNOWN, reason).inc();
            } else {
                var kind = resource.kind();
                failed.labelValues(kind.group(), kind.plural(), version(kind), reason).inc();
            }
        }
    }

    @Override
    public void kept(ResourceKey resource) {
        var kind = resource.kind();
        failed.labelValues(kind.group(), kind.plural(), version(kind), "StillNeeded").inc();
    }

    /// Reviews that are answered count as passed or failed, or are none of Galley's.
    @Override
    public void requested() {}

    @Override
    public void refused(int status) {
        httpErrors.labelValues(Integer.toString(status)).inc();
    }

    @Override
    public void written() {
        registered.inc();
    }

    @Override
    public void failed() {
        notRegistered.inc();
    }

    @Override
    public void statusWritten() {
        statusWrites.inc();
    }

    @Override
    public void statusNotWritten() {
        statusFailures.inc();
    }

    /// Where the figures of the webhook's certificate come from, when there is a webhook.
    void watchCertificate(LongSupplier updates, LongSupplier failures) {
        certificateUpdates = updates;
        certificateFailures = failures;
    }

    @Override
    public void sourceChanged() {
        onChange.inc();
    }

    @Override
    public void read(Kind kind, boolean good) {
        (good ? converted : notConverted).labelValues(kind.group(), kind.label()).inc();
    }

    @Override
    public void readIngress(boolean good) {
        (good ? converted : notConverted).labelValues(INGRESS_GROUP, INGRESS).inc();
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
        return Kind.ofCollection(collection).isPresent() ? collection : UNKNOWN;
    }

    private static String version(Kind kind) {
        return kind.versions().getFirst();
    }

    private MetricSnapshots moment(
            JudgedConfig config, Revision revision, RevisionStatus.Proxies proxies) {
        var snapshots = new ArrayList<MetricSnapshot>();
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
        instances(revision, snapshots);
        snapshots.add(problems(config));
        snapshots.add(
                counted(
                        "galley_validation_cert_key_updates",
                        "Renewals of the webhook's certificate",
                        certificateUpdates.getAsLong()));
        snapshots.add(
                counted(
                        "galley_validation_cert_key_update_errors",
                        "Renewals of the webhook's certificate that failed",
                        certificateFailures.getAsLong()));
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
        return new MetricSnapshots(snapshots);
    }

    private static void instances(Revision revision, Collection<MetricSnapshot> snapshots) {
        var total =
                CounterSnapshot.builder()
                        .name("galley_runtime_state_type_instances")
                        .help("Resources by collection");
        revision.collections()
                .forEach((kind, content) -> {
                    var count = content.size();
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

    private static MetricSnapshot counted(String name, String help, long value) {
        return CounterSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder().value(value).build())
                .build();
    }

    private static MetricSnapshot gauge(String name, String help, double value) {
        return GaugeSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder().value(value).build())
                .build();
    }
}
