package dev.quartet.mixer;

import dev.quartet.admin.StartupFailure;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Mixer's own settings; the README lists them.
///
/// @param grpcPort checks and reports
/// @param metricsPort `/metrics` of the mesh metrics
/// @param remoteWriteUrl Prometheus' `/api/v1/write`; null: nothing is pushed
/// @param replica this Mixer among its like; null: host name and gRPC port
/// @param instance the metrics' label `instance`; null: the replica and its start time, so that the counts of a
///     Mixer that was killed stay beside those of the new one, and their sum stays right
/// @param maxLabelValues distinct values of one label of one mesh metric
/// @param maxSeries label sets of one mesh metric
/// @param drain how long a stopping Mixer still reads reports
@ConfigurationProperties("quartet.mixer")
public record MixerSettings(
        @DefaultValue("9091") int grpcPort,
        @DefaultValue("42422") int metricsPort,
        @Nullable URI remoteWriteUrl,
        @DefaultValue("5s") Duration pushInterval,
        @DefaultValue("4s") Duration pushTimeout,
        @Nullable String replica,
        @Nullable String instance,
        @DefaultValue("1000") int maxLabelValues,
        @DefaultValue("20000") int maxSeries,
        @DefaultValue("1500ms") Duration drain) {

    /// @throws StartupFailure when a value cannot be worked with
    public MixerSettings {
        if (remoteWriteUrl != null
                && (remoteWriteUrl.getHost() == null
                        || !List.of("http", "https").contains(remoteWriteUrl.getScheme()))) {
            throw refusal(
                    "remote-write-url",
                    remoteWriteUrl,
                    "give it as http://127.0.0.1:9090/api/v1/write");
        }
        positive("push-interval", pushInterval);
        positive("push-timeout", pushTimeout);
        if (drain.isNegative()) {
            throw refusal("drain", drain, "give a time like 1500ms, or 0s for none");
        }
        positive("max-label-values", maxLabelValues);
        positive("max-series", maxSeries);
    }

    private static void positive(String setting, Duration value) {
        if (!value.isPositive()) {
            throw refusal(setting, value, "give a time like 5s");
        }
    }

    private static void positive(String setting, int value) {
        if (value < 1) {
            throw refusal(setting, value, "give a number from 1 on");
        }
    }

    private static StartupFailure refusal(String setting, Object value, String fix) {
        return new StartupFailure("quartet.mixer.%s is %s".formatted(setting, value), fix);
    }
}
