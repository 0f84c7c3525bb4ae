package dev.quartet.mixer.adapter.prometheus;

import java.time.Duration;
import java.util.List;

/// One metric as the prometheus handler's `params.metrics[]` describe it, with its full name (`istio_requests_total`).
///
/// @param labels the names, in the order in which a record's values stand
/// @param bounds upper bounds of a distribution's buckets, rising, without +Inf; empty for the other types
/// @param expiry how long a series may go without a record before it is dropped; zero: never
public record MetricDefinition(
        String name,
        String help,
        Type type,
        List<String> labels,
        List<Double> bounds,
        Duration expiry) {

    /// The adapter's `kind`.
    public enum Type {
        COUNTER("counter"),
        GAUGE("gauge"),
        DISTRIBUTION("histogram");

        private final String exposition;

        Type(String exposition) {
            this.exposition = exposition;
        }

        /// The word of the text format's `# TYPE` line.
        public String exposition() {
            return exposition;
        }
    }

    public MetricDefinition {
        labels = List.copyOf(labels);
        bounds = List.copyOf(bounds);
        for (int i = 1; i < bounds.size(); i++) {
            if (bounds.get(i) <= bounds.get(i - 1)) {
                throw new IllegalArgumentException(
                        "bucket bounds of " + name + " do not rise: " + bounds);
            }
        }
    }
}
