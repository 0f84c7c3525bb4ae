package dev.quartet.citadel.metrics;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Instant;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/// What Citadel counts. `citadel_server_…` are Istio 1.4's names. Thread-safe.
public final class CitadelMetrics {
    private static final String SIGNING = "signing";

    private final PrometheusRegistry registry;
    private final Counter csrs;
    private final Counter authenticationFailures;
    private final Counter authenticationFailuresByReason;
    private final Counter csrParsingErrors;
    private final Counter idExtractionErrors;
    private final Counter signErrors;
    private final Counter issued;
    private final Counter tokenReviews;
    private final Counter rootsPublished;
    private final Counter sdsPushes;
    private final Counter sdsNacks;
    private final Counter sdsRenewals;
    private final Counter sdsRefusals;

    public CitadelMetrics(PrometheusRegistry registry) {
        this.registry = registry;
        this.csrs = counter("citadel_server_csr_count", "Certificate signing requests received");
        this.authenticationFailures =
                counter(
                        "citadel_server_authentication_failure_count",
                        "Calls whose caller proved no identity");
        this.authenticationFailuresByReason =
                counter(
                        "citadel_authentication_failures",
                        "Calls whose caller proved no identity, by reason",
                        "reason");
        this.csrParsingErrors =
                counter(
                        "citadel_server_csr_parsing_err_count",
                        "Certificate signing requests that could not be read or were refused");
        this.idExtractionErrors =
                counter(
                        "citadel_server_id_extraction_err_count",
                        "Credentials without an identity of this mesh");
        this.signErrors =
                counter(
                        "citadel_server_csr_sign_err_count",
                        "Certificates that could not be signed",
                        "error");
        this.issued = counter("citadel_server_success_cert_issuance_count", "Certificates issued");
        this.tokenReviews =
                counter("citadel_token_reviews", "Kubernetes' tokens judged, by result", "result");
        this.rootsPublished =
                counter(
                        "citadel_root_config_maps_written",
                        "ConfigMaps with the root written or repaired");
        this.sdsPushes = counter("citadel_sds_pushes", "SDS responses sent");
        this.sdsNacks = counter("citadel_sds_nacks", "SDS responses that a proxy refused");
        this.sdsRenewals =
                counter("citadel_sds_renewals", "Certificates renewed on open SDS streams");
        this.sdsRefusals = counter("citadel_sds_refusals", "Secrets and streams refused", "reason");
        signErrors.initLabelValues(SIGNING);
        for (var result : List.of("accepted", "refused", "remembered", "unavailable")) {
            tokenReviews.initLabelValues(result);
        }
    }

    private Counter counter(String name, String help, String... labels) {
        return Counter.builder()
                .name(name)
                .help(help)
                .labelNames(labels)
                .withoutExemplars()
                .register(registry);
    }

    private void gauge(String name, String help, Supplier<Number> value) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .callback(gauge -> gauge.call(value.get().doubleValue()))
                .register(registry);
    }

    public void csrReceived() {
        csrs.inc();
    }

    public void csrNotParsed() {
        csrParsingErrors.inc();
    }

    public void certificateIssued() {
        issued.inc();
    }

    public void signingFailed() {
        signErrors.labelValues(SIGNING).inc();
    }

    /// @param reason a word from a fixed list
    public void authenticationFailed(String reason) {
        authenticationFailures.inc();
        authenticationFailuresByReason.labelValues(reason).inc();
    }

    /// A caller was proved, but no identity of this mesh could be read from its credential.
    public void identityNotExtracted() {
        idExtractionErrors.inc();
    }

    /// @param result accepted, refused, remembered or unavailable
    public void tokenReviewed(String result) {
        tokenReviews.labelValues(result).inc();
    }

    public void rootPublished() {
        rootsPublished.inc();
    }

    public void secretsPushed() {
        sdsPushes.inc();
    }

    public void secretsRefusedByProxy() {
        sdsNacks.inc();
    }

    public void certificateRenewed() {
        sdsRenewals.inc();
    }

    /// @param reason a word from a fixed list
    public void secretRefused(String reason) {
        sdsRefusals.labelValues(reason).inc();
    }

    /// To be called once.
    public void observeRoot(Supplier<Instant> notAfter) {
        gauge(
                "citadel_server_root_cert_expiry_timestamp",
                "When the root certificate expires, in seconds since 1970",
                () -> notAfter.get().getEpochSecond());
    }

    /// To be called once.
    public void observeStreams(IntSupplier count) {
        gauge("citadel_sds_streams", "SDS streams open now", count::getAsInt);
    }
}
