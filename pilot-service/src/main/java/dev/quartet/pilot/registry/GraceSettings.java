package dev.quartet.pilot.registry;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// When a registry is believed that suddenly lists much less; [GraceTime] has the rule.
///
/// @param graceTime how long what it no longer lists is kept. Five minutes: an empty Eureka server is filled again when each
///     instance has renewed (30 s) and each cache on the way has been renewed too (30 s each), and Eureka itself gives a
///     server that starts empty five minutes. 0: it is believed at once
/// @param lossPercent more than this share of its endpoints must be gone at once
@ConfigurationProperties("quartet.pilot.registry")
public record GraceSettings(
        @DefaultValue("5m") Duration graceTime, @DefaultValue("50") int lossPercent) {
    public GraceSettings {
        if (graceTime.isNegative()) {
            throw new IllegalArgumentException(
                    "quartet.pilot.registry.grace-time is %s; take 0 or more".formatted(graceTime));
        }
        if (lossPercent < 1 || lossPercent > 99) {
            throw new IllegalArgumentException(
                    "quartet.pilot.registry.loss-percent is %d; take 1 to 99"
                            .formatted(lossPercent));
        }
    }
}
