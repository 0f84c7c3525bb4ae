package dev.quartet.mixer.admin;

import dev.quartet.admin.StatusContributor;
import dev.quartet.admin.mesh.IdentityStatus;
import dev.quartet.config.Problem;
import dev.quartet.mixer.adapter.prometheus.MetricFamily;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// The sections of `GET /admin/v1/status` and Mixer's readiness: it has a certificate and a configuration, and serves.
@Configuration(proxyBeanMethods = false)
class MixerStatus {
    /// @param ageSeconds how long ago the revision was known to be Galley's newest
    record ConfigSection(
            @Nullable String revision,
            @Nullable Instant since,
            boolean connected,
            boolean fromDisk,
            @Nullable Double ageSeconds,
            int problems,
            @Nullable String error) {}

    record FrontSection(
            boolean serving, int grpcPort, int reportStreams, double secondsWithoutReportStream) {}

    record SeriesSection(int count, long overflowed, Map<String, Integer> byMetric, int port) {}

    @Bean
    StatusContributor configStatus(MixerView mixer) {
        return StatusContributor.of(
                "config",
                () -> {
                    var inForce = mixer.inForce();
                    var stream = mixer.stream();
                    return new ConfigSection(
                            inForce.map(it -> it.revision()).orElse(null),
                            inForce.map(it -> it.since()).orElse(null),
                            stream.map(it -> it.connected()).orElse(false),
                            stream.map(it -> it.fromDisk()).orElse(false),
                            stream.map(it -> it.age()).map(MixerStatus::seconds).orElse(null),
                            inForce.map(it -> it.problems()).map(List<Problem>::size).orElse(0),
                            stream.map(it -> it.error()).orElse(null));
                });
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }

    @Bean
    StatusContributor frontStatus(MixerView mixer) {
        return StatusContributor.of(
                "front",
                () ->
                        new FrontSection(
                                mixer.serving(),
                                mixer.grpcPort(),
                                mixer.reportStreams(),
                                mixer.secondsWithoutReportStream()));
    }

    @Bean
    StatusContributor seriesStatus(MixerView mixer) {
        return StatusContributor.of(
                "series",
                () ->
                        new SeriesSection(
                                mixer.series().size(),
                                mixer.series().overflowed(),
                                mixer.series().families().stream()
                                        .collect(
                                                Collectors.toMap(
                                                        family -> family.definition().name(),
                                                        MetricFamily::size,
                                                        Integer::sum)),
                                mixer.meshMetricsPort()));
    }

    @Bean
    StatusContributor pushStatus(MixerView mixer) {
        return StatusContributor.of(
                "push", () -> mixer.push().<Object>map(it -> it).orElse(Map.of("enabled", false)));
    }

    @Bean
    StatusContributor identityStatus(MixerView mixer) {
        return IdentityStatus.section(mixer.identity());
    }

    @Bean
    HealthIndicator mixerHealthIndicator(MixerView mixer) {
        return () -> mixer.readiness().health();
    }
}
