package dev.quartet.injector.register;

import dev.quartet.kube.WebhookRegistration;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/// What the registration counts.
public final class RegistrationMetrics implements WebhookRegistration.Observer {
    private final Counter writes;

    public RegistrationMetrics(MeterRegistry registry) {
        writes =
                Counter.builder("injector_webhook_configuration_writes")
                        .description("Webhook configurations made or repaired")
                        .register(registry);
    }

    @Override
    public void written() {
        writes.increment();
    }
}
