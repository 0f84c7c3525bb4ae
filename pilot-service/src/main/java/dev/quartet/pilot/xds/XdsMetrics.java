package dev.quartet.pilot.xds;

import dev.quartet.pilot.node.ProxyRefused;
import dev.quartet.pilot.translate.XdsType;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;

/// The meters of this package, with Istio 1.4's names where it has one.
final class XdsMetrics {
    private final Map<XdsType, Counter> pushes = new EnumMap<>(XdsType.class);
    private final Map<XdsType, Counter> rejects = new EnumMap<>(XdsType.class);
    private final Map<XdsType, Counter> late = new EnumMap<>(XdsType.class);
    private final Map<ProxyRefused.Reason, Counter> refused =
            new EnumMap<>(ProxyRefused.Reason.class);
    private final Counter totalRejects;
    private final Counter staleNonces;
    private final Counter internalErrors;
    private final DistributionSummary convergence;
    private final DistributionSummary queueTime;
    private final Map<XdsType, DistributionSummary> pushTimes = new EnumMap<>(XdsType.class);

    XdsMetrics(MeterRegistry registry) {
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
            pushTimes.put(
                    type,
                    DistributionSummary.builder("pilot_xds_push_time")
                            .description("Seconds to write one response to a proxy")
                            .tag("type", type.label())
                            .serviceLevelObjectives(0.001, 0.01, 0.1, 1, 10)
                            .register(registry));
            late.put(
                    type,
                    Counter.builder("pilot_xds_late_acks")
                            .description("Responses not acknowledged in time, passed by")
                            .tag("type", type.label())
                            .register(registry));
        }
        for (var reason : ProxyRefused.Reason.values()) {
            refused.put(
                    reason,
                    Counter.builder("pilot_proxies_refused")
                            .description("Streams closed because of who the proxy claims to be")
                            .tag("reason", reason.name())
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
        this.queueTime =
                DistributionSummary.builder("pilot_proxy_queue_time")
                        .description("Seconds for which a proxy waits for a push")
                        .serviceLevelObjectives(0.001, 0.01, 0.1, 1, 3, 5, 10)
                        .register(registry);
        // A timer would add the unit to Istio's name.
        this.convergence =
                DistributionSummary.builder("pilot_proxy_convergence_time")
                        .description("Seconds from new config to the last ACK of one proxy")
                        .serviceLevelObjectives(0.01, 0.05, 0.1, 0.5, 1, 3, 5, 10)
                        .register(registry);
    }

    void pushed(XdsType type, long nanos) {
        of(pushes, type).increment();
        of(pushTimes, type).record(nanos / 1e9);
    }

    void queued(long nanos) {
        queueTime.record(nanos / 1e9);
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
        convergence.record(nanos / 1e9);
    }

    void refusedProxy(ProxyRefused.Reason reason) {
        of(refused, reason).increment();
    }

    private static <K, M> M of(Map<K, M> meters, K key) {
        var meter = meters.get(key);
        if (meter == null) {
            throw new IllegalStateException("no meter for " + key);
        }
        return meter;
    }
}
