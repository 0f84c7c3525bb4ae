package dev.quartet.injector.review;

import dev.quartet.admin.webhook.WebhookServer;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/// Istio's counters of the webhook (exported with `_total`): every request is one of the other three.
public final class InjectionMetrics implements WebhookServer.Observer {
    private final Counter requests;
    private final Counter success;
    private final Counter failure;
    private final Counter skip;

    public InjectionMetrics(MeterRegistry registry) {
        requests =
                Counter.builder("sidecar_injection_requests")
                        .description("Injection requests")
                        .register(registry);
        success =
                Counter.builder("sidecar_injection_success")
                        .description("Pods that got a sidecar")
                        .register(registry);
        failure =
                Counter.builder("sidecar_injection_failure")
                        .description("Requests and pods refused")
                        .register(registry);
        skip =
                Counter.builder("sidecar_injection_skip")
                        .description("Pods left as they are")
                        .register(registry);
    }

    @Override
    public void requested() {
        requests.increment();
    }

    void injected() {
        success.increment();
    }

    @Override
    public void refused(int status) {
        failure.increment();
    }

    void denied() {
        failure.increment();
    }

    void skipped() {
        skip.increment();
    }
}
