package dev.quartet.mixer.adapter.prometheus;

import java.io.IOException;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes a [SeriesStore] in Prometheus' text format 0.0.4, for those who scrape port 42422.
public final class TextExposition {
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private TextExposition() {}

    public static void write(SeriesStore store, Appendable out) throws IOException {
        var previous = "";
        for (var family : store.families()) {
            var definition = family.definition();
            if (family.size() == 0) {
                continue;
            }
            if (!definition.name().equals(previous)) {
                out.append("# HELP ").append(definition.name()).append(' ');
                escape(definition.help(), false, out);
                out.append("\n# TYPE ")
                        .append(definition.name())
                        .append(' ')
                        .append(definition.type().exposition());
                out.append('\n');
                previous = definition.name();
            }
            for (var series : family.series()) {
                writeSeries(definition, series, out);
            }
        }
    }

    private static void writeSeries(MetricDefinition definition, Series series, Appendable out)
            throws IOException {
        var name = definition.name();
        switch (series) {
            case Series.Counter counter ->
                    sample(name, "", definition, series, null, counter.value(), out);
            case Series.Gauge gauge ->
                    sample(name, "", definition, series, null, gauge.value(), out);
            case Series.Distribution distribution -> {
                var counts = distribution.cumulativeCounts();
                for (int i = 0; i < counts.length; i++) {
                    sample(
                            name,
                            "_bucket",
                            definition,
                            series,
                            bound(definition.bounds(), i),
                            counts[i],
                            out);
                }
                sample(name, "_sum", definition, series, null, distribution.sum(), out);
                sample(name, "_count", definition, series, null, counts[counts.length - 1], out);
            }
        }
    }

    /// The `le` label of bucket `index`, as Prometheus' Go libraries write numbers (`0.005`, `100000`, `1e+06`): Istio's
    /// dashboards and recording rules compare it as text.
    public static String bound(List<Double> bounds, int index) {
        if (index == bounds.size()) {
            return "+Inf";
        }
        var digits = new BigDecimal(Double.toString(bounds.get(index))).stripTrailingZeros();
        int exponent = digits.precision() - digits.scale() - 1;
        if (exponent >= -4 && exponent < 6 || digits.signum() == 0) {
            return digits.signum() == 0 ? "0" : digits.toPlainString();
        }
        var mantissa = digits.movePointLeft(exponent).toPlainString();
        return "%se%s%02d".formatted(mantissa, exponent < 0 ? "-" : "+", Math.abs(exponent));
    }

    private static void sample(
            String name,
            String suffix,
            MetricDefinition definition,
            Series series,
            @Nullable String bound,
            double value,
            Appendable out)
            throws IOException {
        out.append(name).append(suffix);
        var separator = '{';
        for (int i = 0; i < definition.labels().size(); i++) {
            out.append(separator).append(definition.labels().get(i)).append("=\"");
            escape(series.labels().value(i), true, out);
            out.append('"');
            separator = ',';
        }
        if (bound != null) {
            out.append(separator).append("le=\"").append(bound).append('"');
            separator = ',';
        }
        if (separator == ',') {
            out.append('}');
        }
        out.append(' ').append(number(value)).append('\n');
    }

    /// Whole numbers without a fraction (`10`), others in Java's shortest form.
    static String number(double value) {
        if (value == Double.POSITIVE_INFINITY) {
            return "+Inf";
        }
        if (value == Double.NEGATIVE_INFINITY) {
            return "-Inf";
        }
        if (value == Math.rint(value) && Math.abs(value) < 1e15) {
            return Long.toString((long) value);
        }
        return Double.toString(value);
    }

    private static void escape(String text, boolean quotes, Appendable out) throws IOException {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '"' -> out.append(quotes ? "\\\"" : "\"");
                default -> out.append(c);
            }
        }
    }
}
