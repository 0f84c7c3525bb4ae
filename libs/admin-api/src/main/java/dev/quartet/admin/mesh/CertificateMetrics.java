package dev.quartet.admin.mesh;

import dev.quartet.admin.StatusContributor;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.annotation.Bean;

/// When the service's own certificate expires: what the section `identity` of its status says, as a metric. A service without
/// that section has none.
@AutoConfiguration
public class CertificateMetrics {
    @Bean
    MeterBinder certificateExpiry(ObjectProvider<StatusContributor> sections) {
        return registry ->
                sections.stream()
                        .filter(section -> section.name().equals(IdentityStatus.SECTION))
                        .forEach(identity ->
                                Gauge.builder(
                                                "service_certificate_expiry_timestamp_seconds",
                                                identity,
                                                CertificateMetrics::expiry)
                                        .description(
                                                "When this service's certificate expires, in seconds since 1970; 0 while there is none")
                                        .register(registry));
    }

    private static double expiry(StatusContributor identity) {
        return identity.status() instanceof IdentityStatus status && status.notAfter() != null
                ? status.notAfter().getEpochSecond()
                : 0;
    }
}
