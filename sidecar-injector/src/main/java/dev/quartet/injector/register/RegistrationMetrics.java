package dev.quartet.injector.register;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/// What the registration counts.
public final class RegistrationMetrics {
    private final Counter writes;

    public RegistrationMetrics(MeterRegistry registry) {
        writes =
                Counter.builder("injector_webhook_configuration_writes")
                        .description("Webhook configurations made or repaired")
                        .register(registry);
    }

    void written() {
        writes.increment();
    }
}
