package dev.quartet.citadel.metrics;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot.UnknownDataPointSnapshot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What Citadel counts. The first seven names are Istio 1.4's, which its dashboards query; they are exported untyped,
/// because a counter would gain the suffix `_total`. Thread-safe.
public final class CitadelMetrics implements MultiCollector {

    private static final String ROOT_EXPIRY = "citadel_server_root_cert_expiry_timestamp";
    private static final String SIGN_ERRORS = "citadel_server_csr_sign_err_count";
    private static final String STREAMS = "citadel_sds_streams";

    private final LongAdder csrs = new LongAdder();
    private final LongAdder authenticationFailures = new LongAdder();
    private final LongAdder csrParsingErrors = new LongAdder();
    private final LongAdder idExtractionErrors = new LongAdder();
    private final LongAdder issued = new LongAdder();
    private final Map<String, LongAdder> signErrors = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> authenticationFailuresByReason = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> sdsRefusals = new ConcurrentHashMap<>();
    private final LongAdder sdsPushes = new LongAdder();
    private final LongAdder sdsNacks = new LongAdder();
    private final LongAdder sdsRenewals = new LongAdder();

    private volatile Supplier<Instant> rootExpiry = () -> Instant.EPOCH;
    private volatile IntSupplier streams = () -> 0;

    public void csrReceived() {
        csrs.increment();
    }

    public void csrNotParsed() {
        csrParsingErrors.increment();
    }

    public void certificateIssued() {
        issued.increment();
    }

    /// @param error a word from a fixed list
    public void signingFailed(String error) {
        signErrors.computeIfAbsent(error, word -> new LongAdder()).increment();
    }

    /// @param reason a word from a fixed list
    public void authenticationFailed(String reason) {
        authenticationFailures.increment();
        authenticationFailuresByReason.computeIfAbsent(reason, word -> new LongAdder()).increment();
    }

    /// A caller was proved, but no identity of this mesh could be read from its credential.
    public void identityNotExtracted() {
        idExtractionErrors.increment();
    }

    public void secretsPushed() {
        sdsPushes.increment();
    }

    public void secretsRefusedByProxy() {
        sdsNacks.increment();
    }

    public void certificateRenewed() {
        sdsRenewals.increment();
    }

    /// @param reason a word from a fixed list
    public void secretRefused(String reason) {
        sdsRefusals.computeIfAbsent(reason, word -> new LongAdder()).increment();
    }

    public void observeRoot(Supplier<Instant> notAfter) {
        rootExpiry = notAfter;
    }

    public void observeStreams(IntSupplier count) {
        streams = count;
    }

    @Override
    public MetricSnapshots collect() {
        var all = new ArrayList<MetricSnapshot>();
        all.add(istio("citadel_server_csr_count", "Certificate signing requests received", csrs));
        all.add(
                istio(
                        "citadel_server_authentication_failure_count",
                        "Calls whose caller proved no identity",
                        authenticationFailures));
        all.add(
                istio(
                        "citadel_server_csr_parsing_err_count",
                        "Certificate signing requests that could not be read or were refused",
                        csrParsingErrors));
        all.add(
                istio(
                        "citadel_server_id_extraction_err_count",
                        "Credentials without an identity of this mesh",
                        idExtractionErrors));
        all.add(istio("citadel_server_success_cert_issuance_count", "Certificates issued", issued));
        var failures =
                UnknownSnapshot.builder()
                        .name(SIGN_ERRORS)
                        .help("Certificates that could not be signed");
        if (signErrors.isEmpty()) {
            failures.dataPoint(point(Labels.of("error", "none"), 0));
        }
        new TreeMap<>(signErrors)
                .forEach((error, count) ->
                        failures.dataPoint(point(Labels.of("error", error), count.sum())));
        all.add(failures.build());
        all.add(
                gauge(
                        ROOT_EXPIRY,
                        "When the root certificate expires, in seconds since 1970",
                        rootExpiry.get().getEpochSecond()));
        all.add(gauge(STREAMS, "SDS streams open now", streams.getAsInt()));
        all.add(counter("citadel_sds_pushes", "SDS responses sent", Map.of(), sdsPushes));
        all.add(
                counter(
                        "citadel_sds_nacks",
                        "SDS responses that a proxy refused",
                        Map.of(),
                        sdsNacks));
        all.add(
                counter(
                        "citadel_sds_renewals",
                        "Certificates renewed on open SDS streams",
                        Map.of(),
                        sdsRenewals));
        all.add(counter("citadel_sds_refusals", "Secrets and streams refused", sdsRefusals, null));
        all.add(
                counter(
                        "citadel_authentication_failures",
                        "Calls whose caller proved no identity, by reason",
                        authenticationFailuresByReason,
                        null));
        return new MetricSnapshots(all);
    }

    private static UnknownDataPointSnapshot point(Labels labels, long value) {
        return UnknownDataPointSnapshot.builder().labels(labels).value(value).build();
    }

    private static MetricSnapshot istio(String name, String help, LongAdder value) {
        return UnknownSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(point(Labels.EMPTY, value.sum()))
                .build();
    }

    private static MetricSnapshot gauge(String name, String help, double value) {
        return GaugeSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(GaugeDataPointSnapshot.builder().value(value).build())
                .build();
    }

    private static MetricSnapshot counter(
            String name, String help, Map<String, LongAdder> byReason, @Nullable LongAdder single) {
        var counter = CounterSnapshot.builder().name(name).help(help);
        if (single != null) {
            counter.dataPoint(CounterDataPointSnapshot.builder().value(single.sum()).build());
        }
        new TreeMap<>(byReason)
                .forEach((reason, count) ->
                        counter.dataPoint(
                                CounterDataPointSnapshot.builder()
                                        .labels(Labels.of("reason", reason))
                                        .value(count.sum())
                                        .build()));
        return counter.build();
    }

    @Override
    public List<String> getPrometheusNames() {
        return List.of(
                "citadel_server_csr_count",
                "citadel_server_authentication_failure_count",
                "citadel_server_csr_parsing_err_count",
                "citadel_server_id_extraction_err_count",
                "citadel_server_success_cert_issuance_count",
                SIGN_ERRORS,
                ROOT_EXPIRY,
                STREAMS,
                "citadel_sds_pushes",
                "citadel_sds_nacks",
                "citadel_sds_renewals",
                "citadel_sds_refusals",
                "citadel_authentication_failures");
    }
}
