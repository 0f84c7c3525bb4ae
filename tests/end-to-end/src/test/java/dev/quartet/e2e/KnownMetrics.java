package dev.quartet.e2e;

import dev.quartet.testkit.SourceTree;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The metrics that there are: those of `docs/metrics.md`, which the services' tests compare with what they print; those
/// that rules record; and Prometheus's own two.
record KnownMetrics(List<Pattern> names) {
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");
    private static final List<String> OF_PROMETHEUS = List.of("up", "ALERTS");

    static KnownMetrics read() throws IOException {
        var names = new ArrayList<Pattern>();
        var libraries = false;
        for (var line : Files.readAllLines(SourceTree.root().resolve("docs/metrics.md"))) {
            if (line.startsWith("## ")) {
                libraries = line.startsWith("## Of ");
            } else if (line.startsWith("| `")) {
                var cells = line.split("\\|", -1);
                for (var name : codes(cells[1])) {
                    names.add(Pattern.compile(libraries ? name + ".*" : metric(name, cells[2])));
                }
            }
        }
        Stream.concat(OF_PROMETHEUS.stream(), Rules.read().recorded().stream())
                .map(Pattern::compile)
                .forEach(names::add);
        return new KnownMetrics(names);
    }

    /// `<…>` is any word; a histogram has several series.
    private static String metric(String name, String type) {
        var series =
                switch (type.strip()) {
                    case "histogram" -> "_(bucket|sum|count|max)";
                    case "summary" -> "_(sum|count|max)";
                    default -> "";
                };
        return name.replaceAll("<[^>]*>", "[a-z0-9]+") + series;
    }

    private static List<String> codes(String cell) {
        return CODE.matcher(cell).results().map(code -> code.group(1)).toList();
    }

    boolean contains(String metric) {
        return names.stream().anyMatch(name -> name.matcher(metric).matches());
    }
}
