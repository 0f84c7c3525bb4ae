package dev.quartet.mixer.push;

import dev.quartet.mixer.adapter.LabelValues;
import dev.quartet.mixer.adapter.prometheus.MetricDefinition;
import dev.quartet.mixer.adapter.prometheus.Series;
import dev.quartet.mixer.adapter.prometheus.TextExposition;
import dev.quartet.wire.prometheus.Label;
import dev.quartet.wire.prometheus.TimeSeries;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The label part of every sample that one series writes, made once: a distribution has one for each bucket, then
/// `_sum`, then `_count`. Their order is that of [#values].
final class SeriesLabels {
    private SeriesLabels() {}

    static List<TimeSeries> of(
            MetricDefinition definition, LabelValues labels, Map<String, String> common) {
        var name = definition.name();
        var made = new ArrayList<TimeSeries>();
        switch (definition.type()) {
            case COUNTER, GAUGE -> made.add(timeSeries(name, definition, labels, common, null));
            case DISTRIBUTION -> {
                for (int i = 0; i <= definition.bounds().size(); i++) {
                    var bound = TextExposition.bound(definition.bounds(), i);
                    made.add(timeSeries(name + "_bucket", definition, labels, common, bound));
                }
                made.add(timeSeries(name + "_sum", definition, labels, common, null));
                made.add(timeSeries(name + "_count", definition, labels, common, null));
            }
        }
        return List.copyOf(made);
    }

    static double[] values(Series series) {
        return switch (series) {
            case Series.Counter counter -> new double[] {counter.value()};
            case Series.Gauge gauge -> new double[] {gauge.value()};
            case Series.Distribution distribution -> {
                var counts = distribution.cumulativeCounts();
                var values = new double[counts.length + 2];
                for (int i = 0; i < counts.length; i++) {
                    values[i] = counts[i];
                }
                values[counts.length] = distribution.sum();
                values[counts.length + 1] = counts[counts.length - 1];
                yield values;
            }
        };
    }

    /// Empty values are left out: to Prometheus they are the same as no label, and it refuses them on the wire.
    private static TimeSeries timeSeries(
            String name,
            MetricDefinition definition,
            LabelValues labels,
            Map<String, String> common,
            @Nullable String bound) {
        var sorted = new TreeMap<>(common);
        for (int i = 0; i < labels.size(); i++) {
            sorted.put(definition.labels().get(i), labels.value(i));
        }
        if (bound != null) {
            sorted.put("le", bound);
        }
        sorted.put("__name__", name);
        var made = TimeSeries.newBuilder();
        sorted.forEach((label, value) -> {
            if (!value.isEmpty()) {
                made.addLabels(Label.newBuilder().setName(label).setValue(value));
            }
        });
        return made.build();
    }
}
