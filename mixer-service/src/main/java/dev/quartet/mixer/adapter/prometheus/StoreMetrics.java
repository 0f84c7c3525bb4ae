package dev.quartet.mixer.adapter.prometheus;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/// The meters of the series store.
public final class StoreMetrics {
    private StoreMetrics() {}

    public static void register(SeriesStore store, MeterRegistry registry) {
        Gauge.builder("mixer_series", store, SeriesStore::size)
                .description("Series of the mesh metrics that are kept")
                .register(registry);
        FunctionCounter.builder("mixer_series_overflows", store, SeriesStore::overflowed)
                .description(
                        "Records that went to an overflow series, since a label or metric had reached its limit")
                .register(registry);
    }
}
