package dev.quartet.citadel.metrics;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What Citadel counts. `citadel_server_…` are Istio 1.4's names. Thread-safe.
public final class CitadelMetrics {
    private static final String SIGNING = "signing";
    private static final int MAX_SERIES = 100;

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
    private final Counter credentialRefusals;
    private final Counter accessReviews;

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
        this.credentialRefusals =
                counter(
                        "citadel_credential_refusals",
                        "Gateways' credentials that could not be used, by reason",
                        "reason");
        this.accessReviews =
                counter(
                        "citadel_access_reviews",
                        "Questions to the apiserver whether a gateway may read a Secret, by result",
                        "result");
        signErrors.initLabelValues(SIGNING);
        for (var result : List.of("allowed", "denied", "unavailable")) {
            accessReviews.initLabelValues(result);
        }
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

    /// @param reason a word from a fixed list
    public void credentialRefused(String reason) {
        credentialRefusals.labelValues(reason).inc();
    }

    /// @param result allowed, denied or unavailable
    public void accessReviewed(String result) {
        accessReviews.labelValues(result).inc();
    }

    /// A credential as the metrics show it.
    ///
    /// @param notAfter of the certificate that is shown; null where none is in force
    /// @param refused what is written now is not in force
    public record CredentialSeries(
            String namespace, String name, @Nullable Instant notAfter, boolean refused) {}

    /// To be called once. Of many credentials those that expire first have a series of their own.
    public void observeCredentials(Supplier<List<CredentialSeries>> all) {
        GaugeWithCallback.builder()
                .name("citadel_credential_expiry_timestamp_seconds")
                .help(
                        "When a gateway's certificate expires, in seconds since 1970; the 100 that expire first")
                .labelNames("namespace", "name")
                .callback(gauge ->
                        all.get().stream()
                                .filter(one -> one.notAfter() != null)
                                .sorted(Comparator.comparing(one -> soonest(one.notAfter())))
                                .limit(MAX_SERIES)
                                .forEach(one ->
                                        gauge.call(
                                                soonest(one.notAfter()).getEpochSecond(),
                                                one.namespace(),
                                                one.name())))
                .register(registry);
        gauge(
                "citadel_credentials",
                "Gateways' credentials that are known",
                () -> all.get().size());
        gauge(
                "citadel_credentials_refused",
                "Gateways' credentials whose newest form is not in force",
                () -> all.get().stream().filter(CredentialSeries::refused).count());
    }

    private static Instant soonest(@Nullable Instant notAfter) {
        return notAfter == null ? Instant.MAX : notAfter;
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
