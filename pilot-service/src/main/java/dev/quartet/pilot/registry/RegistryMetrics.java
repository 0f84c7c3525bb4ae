package dev.quartet.pilot.registry;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/// The meters of this package: one row per registry, gone with it.
final class RegistryMetrics {
    private final MultiGauge workloads;
    private final MultiGauge kept;
    private final MultiGauge reachable;
    private Set<String> shown = Set.of();

    RegistryMetrics(MeterRegistry meters) {
        this.workloads =
                MultiGauge.builder("pilot_registry_workloads")
                        .description("Workloads that a registry lists")
                        .register(meters);
        this.kept =
                MultiGauge.builder("pilot_registry_kept_endpoints")
                        .description(
                                "Endpoints that a registry suddenly no longer lists, kept for the grace time")
                        .register(meters);
        this.reachable =
                MultiGauge.builder("pilot_registry_reachable")
                        .description(
                                "1 when a registry can be asked, 0 when its last content counts")
                        .register(meters);
    }

    /// The figures are asked for at each scrape, by the registry's name. For one thread at a time.
    void show(
            Set<String> registries,
            ToDoubleFunction<String> workloads,
            ToDoubleFunction<String> kept,
            ToDoubleFunction<String> reachable) {
        if (registries.equals(shown)) {
            return;
        }
        shown = Set.copyOf(registries);
        rows(this.workloads, workloads);
        rows(this.kept, kept);
        rows(this.reachable, reachable);
    }

    private void rows(MultiGauge gauge, ToDoubleFunction<String> figure) {
        gauge.register(
                shown.stream()
                        .map(name -> Row.of(Tags.of("registry", name), name, figure))
                        .toList(),
                true);
    }
}
