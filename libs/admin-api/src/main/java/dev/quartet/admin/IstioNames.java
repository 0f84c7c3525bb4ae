package dev.quartet.admin;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot;
import java.util.Set;

/// Istio 1.4's counters whose names do not end in `_total`. The Prometheus client would add it, and Istio's dashboards and alerts ask for the name as it was; so these are exported untyped, which
/// leaves a name alone. To Prometheus the type is a remark: `rate()` works as on any counter.
final class IstioNames {
    private static final Set<String> COUNTERS =
            Set.of(
                    "pilot_xds_pushes",
                    "pilot_xds_cds_reject",
                    "pilot_xds_eds_reject",
                    "pilot_xds_lds_reject",
                    "pilot_xds_rds_reject",
                    "pilot_xds_ecds_reject", // ours, as its four siblings
                    "pilot_total_xds_rejects",
                    "pilot_total_xds_internal_errors",
                    "pilot_rds_expired_nonce",
                    "pilot_inbound_updates",
                    "pilot_xds_push_context_errors",
                    "galley_validation_passed",
                    "galley_validation_failed",
                    "galley_validation_http_error",
                    "galley_validation_cert_key_updates",
                    "galley_validation_cert_key_update_errors",
                    "galley_validation_config_updates",
                    "galley_validation_config_update_error",
                    "citadel_server_csr_count",
                    "citadel_server_authentication_failure_count",
                    "citadel_server_csr_parsing_err_count",
                    "citadel_server_id_extraction_err_count",
                    "citadel_server_csr_sign_err_count",
                    "citadel_server_success_cert_issuance_count");

    private IstioNames() {}

    static MetricSnapshots kept(MetricSnapshots scraped) {
        return new MetricSnapshots(scraped.stream().map(IstioNames::kept).toList());
    }

    private static MetricSnapshot kept(MetricSnapshot scraped) {
        if (!(scraped instanceof CounterSnapshot counter)
                || !COUNTERS.contains(counter.getMetadata().getName())) {
            return scraped;
        }
        var untyped =
                UnknownSnapshot.builder()
                        .name(counter.getMetadata().getName())
                        .help(counter.getMetadata().getHelp());
        for (var point : counter.getDataPoints()) {
            untyped.dataPoint(
                    UnknownSnapshot.UnknownDataPointSnapshot.builder()
                            .labels(point.getLabels())
                            .value(point.getValue())
                            .build());
        }
        return untyped.build();
    }
}
