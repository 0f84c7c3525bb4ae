package dev.quartet.mixer.admin;

import dev.quartet.admin.ProblemException;
import dev.quartet.mixer.adapter.prometheus.MetricFamily;
import dev.quartet.mixer.adapter.prometheus.Series;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// `GET /admin/v1/series`: the mesh metrics as Mixer holds them now, and where their number comes from.
@RestController
class SeriesController {
    private static final int MOST = 10_000;

    private final MixerView mixer;

    SeriesController(MixerView mixer) {
        this.mixer = mixer;
    }

    /// @param truncated there are more series than were asked for
    record SeriesList(int total, boolean truncated, List<MetricView> metrics) {}

    /// @param distinctValues per label, how many values it has
    record MetricView(
            String name,
            String type,
            List<Double> bounds,
            int count,
            long overflowed,
            Map<String, Integer> distinctValues,
            List<SeriesView> series) {}

    /// @param value of a counter or gauge
    /// @param cumulativeCounts of a distribution, up to each bound and in all
    record SeriesView(
            Map<String, String> labels,
            @Nullable Double value,
            long @Nullable [] cumulativeCounts,
            @Nullable Double sum,
            Instant created,
            Instant lastUsed) {}

    /// @param metric only this one
    /// @param limit at most so many series of each metric
    @GetMapping("/admin/v1/series")
    SeriesList series(
            @RequestParam(required = false) @Nullable String metric,
            @RequestParam(defaultValue = "100") int limit) {
        if (limit < 0 || limit > MOST) {
            throw ProblemException.badRequest(
                    "limit is " + limit + "; give a number from 0 to " + MOST);
        }
        var families =
                mixer.series().families().stream()
                        .filter(family ->
                                metric == null || family.definition().name().equals(metric))
                        .toList();
        return new SeriesList(
                families.stream().mapToInt(MetricFamily::size).sum(),
                families.stream().anyMatch(family -> family.size() > limit),
                families.stream().map(family -> view(family, limit)).toList());
    }

    private static MetricView view(MetricFamily family, int limit) {
        var definition = family.definition();
        return new MetricView(
                definition.name(),
                definition.type().exposition(),
                definition.bounds(),
                family.size(),
                family.overflowed(),
                family.distinctValues(),
                family.series().stream()
                        .limit(limit)
                        .map(series -> view(series, definition.labels()))
                        .toList());
    }

    private static SeriesView view(Series series, List<String> names) {
        var labels = new LinkedHashMap<String, String>();
        for (int i = 0; i < names.size(); i++) {
            labels.put(names.get(i), series.labels().value(i));
        }
        var created = Instant.ofEpochMilli(series.createdMillis());
        var lastUsed =
                Instant.ofEpochMilli(Math.max(series.lastUsedMillis(), series.createdMillis()));
        return switch (series) {
            case Series.Counter counter ->
                    new SeriesView(labels, counter.value(), null, null, created, lastUsed);
            case Series.Gauge gauge ->
                    new SeriesView(labels, gauge.value(), null, null, created, lastUsed);
            case Series.Distribution distribution ->
                    new SeriesView(
                            labels,
                            null,
                            distribution.cumulativeCounts(),
                            distribution.sum(),
                            created,
                            lastUsed);
        };
    }
}
