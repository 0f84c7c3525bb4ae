package dev.quartet.citadel.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class CitadelMetricsTest {

    @Test
    void textHasIstiosExactNames() throws IOException {
        var metrics = new CitadelMetrics();
        var registry = new PrometheusRegistry();
        registry.register(metrics);
        metrics.csrReceived();
        metrics.csrReceived();
        metrics.certificateIssued();
        metrics.authenticationFailed("NO_CREDENTIALS");
        metrics.csrNotParsed();
        metrics.identityNotExtracted();
        metrics.signingFailed("signing");
        metrics.observeRoot(() -> Instant.ofEpochSecond(2_000_000_000));
        metrics.observeStreams(() -> 3);

        var text = new ByteArrayOutputStream();
        PrometheusTextFormatWriter.create().write(text, registry.scrape());

        assertThat(text.toString(StandardCharsets.UTF_8).lines())
                .contains(
                        "citadel_server_csr_count 2.0",
                        "citadel_server_success_cert_issuance_count 1.0",
                        "citadel_server_authentication_failure_count 1.0",
                        "citadel_server_csr_parsing_err_count 1.0",
                        "citadel_server_id_extraction_err_count 1.0",
                        "citadel_server_csr_sign_err_count{error=\"signing\"} 1.0",
                        "citadel_server_root_cert_expiry_timestamp 2.0E9",
                        "citadel_sds_streams 3.0",
                        "citadel_sds_pushes_total 0.0",
                        "citadel_sds_nacks_total 0.0",
                        "citadel_sds_renewals_total 0.0",
                        "citadel_authentication_failures_total{reason=\"NO_CREDENTIALS\"} 1.0");
    }
}
