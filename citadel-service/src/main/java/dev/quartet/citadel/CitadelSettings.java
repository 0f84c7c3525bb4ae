package dev.quartet.citadel;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Citadel's own settings.
///
/// @param grpcPort SDS and CSR; `quartet.port-offset` is added
/// @param workloadCertTtl life of a certificate that asks for none of its own
/// @param maxWorkloadCertTtl the longest life a request may ask for
/// @param tokenReviewMemory how long the apiserver's yes to a Kubernetes token counts
/// @param accessReviewMemory how long the apiserver's answer counts whether a gateway may read a Secret
/// @param servingNames service account of the control plane to DNS names and IP addresses that it is reached by, beside
///     the built-in ones
/// @param tokenDir a trust folder whose tokens are rewritten at half life; null for none
/// @param maxStreamAge about how long an SDS stream lives; spread by a tenth
/// @param recentCertificates how many issued certificates `GET /admin/v1/certificates` remembers
@ConfigurationProperties("quartet.citadel")
record CitadelSettings(
        @DefaultValue("8060") int grpcPort,
        @DefaultValue("24h") Duration workloadCertTtl,
        @DefaultValue("90d") Duration maxWorkloadCertTtl,
        @DefaultValue("30s") Duration tokenReviewMemory,
        @DefaultValue("30s") Duration accessReviewMemory,
        @DefaultValue Map<String, List<String>> servingNames,
        @Nullable Path tokenDir,
        @DefaultValue("30m") Duration maxStreamAge,
        @DefaultValue("1000") int recentCertificates) {}
