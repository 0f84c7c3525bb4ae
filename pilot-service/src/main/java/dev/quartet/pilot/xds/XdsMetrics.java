package dev.quartet.pilot.xds;

import dev.quartet.pilot.translate.XdsType;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/// The meters of this package, with Istio 1.4's names where it has one.
final class XdsMetrics {
    private final Map<XdsType, Counter> pushes = new EnumMap<>(XdsType.class);
    private final Map<XdsType, Counter> rejects = new EnumMap<>(XdsType.class);
    private final Map<XdsType, Counter> late = new EnumMap<>(XdsType.class);
    private final Counter totalRejects;
    private final Counter staleNonces;
    private final Counter internalErrors;
    private final Timer convergence;
    private final MeterRegistry registry;

    XdsMetrics(MeterRegistry registry) {
        this.registry = registry;
        for (var type : XdsType.values()) {
            pushes.put(
                    type,
                    Counter.builder("pilot_xds_pushes")
                            .description("Responses sent to proxies")
                            .tag("type", type.label())
                            .register(registry));
            rejects.put(
                    type,
                    Counter.builder("pilot_xds_" + type.label() + "_reject")
                            .description("Responses that a proxy refused")
                            .register(registry));
            late.put(
                    type,
                    Counter.builder("pilot_xds_late_acks")
                            .description("Responses not acknowledged in time, passed by")
                            .tag("type", type.label())
                            .register(registry));
        }
        this.totalRejects =
                Counter.builder("pilot_total_xds_rejects")
                        .description("Responses of any type that a proxy refused")
                        .register(registry);
        this.staleNonces =
                Counter.builder("pilot_rds_expired_nonce")
                        .description("Answers to a response that is no longer the newest")
                        .register(registry);
        this.internalErrors =
                Counter.builder("pilot_total_xds_internal_errors")
                        .description("Errors of Pilot itself while serving a proxy")
                        .register(registry);
        this.convergence =
                Timer.builder("pilot_proxy_convergence_time")
                        .description("From new config to the last ACK of one proxy")
                        .serviceLevelObjectives(
                                Duration.ofMillis(10),
                                Duration.ofMillis(50),
                                Duration.ofMillis(100),
                                Duration.ofMillis(500),
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(3),
                                Duration.ofSeconds(5),
                                Duration.ofSeconds(10))
                        .register(registry);
    }

    void pushed(XdsType type) {
        of(pushes, type).increment();
    }

    void rejected(XdsType type) {
        of(rejects, type).increment();
        totalRejects.increment();
    }

    void late(XdsType type) {
        of(late, type).increment();
    }

    void staleNonce(XdsType type) {
        staleNonces.increment();
    }

    void internalError() {
        internalErrors.increment();
    }

    void converged(long nanos) {
        convergence.record(Duration.ofNanos(nanos));
    }

    void refusedProxy(String reason) {
        Counter.builder("pilot_proxies_refused")
                .description("Streams closed because of who the proxy claims to be")
                .tag("reason", reason)
                .register(registry)
                .increment();
    }

    private static Counter of(Map<XdsType, Counter> counters, XdsType type) {
        var counter = counters.get(type);
        if (counter == null) {
            throw new IllegalStateException("no counter for " + type);
        }
        return counter;
    }
}
