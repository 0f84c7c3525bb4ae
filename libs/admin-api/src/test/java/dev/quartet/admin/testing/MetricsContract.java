package dev.quartet.admin.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Compares a service's tables in `docs/metrics.md` with what its port prints: every metric that is listed is there, with that type, those labels and that help text, and every metric of the service's
/// own is listed. `<…>` in a name or meaning stands for any word, so such a row may stand for several metrics. What libraries count goes by the prefixes of the table "Of libraries", and the maximum
/// that belongs to a histogram or summary (`…_max`) needs no row.
///
/// A metric with labels is printed once it has a value, so a test lets the service do first what there is to count.
public final class MetricsContract {
    private static final Pattern SAMPLE =
            Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? \\S+");
    private static final Pattern LABEL =
            Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"(?:[^\"\\\\]|\\\\.)*\"");
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");
    private static final List<String> LABELS_OF_THE_FORMAT = List.of("le", "quantile");
    private static final String EVERY_SERVICE = "Every service";
    private static final String LIBRARIES = "Of libraries";

    private final Path document;
    private final String section;
    private final URI metrics;

    /// @param document `docs/metrics.md`
    /// @param section the heading of the service's tables
    /// @param metrics what Prometheus scrapes
    public MetricsContract(Path document, String section, URI metrics) {
        this.document = document;
        this.section = section;
        this.metrics = metrics;
    }

    /// A row of the document.
    private record Row(String name, String type, SortedSet<String> labels, String meaning) {
        boolean names(String metric) {
            return pattern(name, "[a-z0-9]+").matcher(metric).matches();
        }

        boolean describes(Metric metric) {
            return type.equals(metric.type())
                    && labels.equals(metric.labels())
                    && pattern(meaning, ".+").matcher(metric.help()).matches();
        }

        /// @param any what `<…>` stands for
        private static Pattern pattern(String text, String any) {
            return Pattern.compile(
                    Arrays.stream(text.split("<[^>]*>", -1))
                            .map(Pattern::quote)
                            .reduce((left, right) -> left + any + right)
                            .orElseThrow());
        }
    }

    /// A metric on the page.
    private record Metric(String type, SortedSet<String> labels, String help) {}

    /// @throws AssertionError naming everything in which the document and the page differ
    public void verify() {
        var tables = tables();
        var headings = Stream.of(EVERY_SERVICE, section).distinct();
        var libraries =
                tables.getOrDefault(LIBRARIES, List.of()).stream()
                        .flatMap(cells -> codes(cells.getFirst()).stream())
                        .toList();
        verify(headings.flatMap(heading -> rows(tables, heading)).toList(), libraries);
    }

    /// As [#verify()], for a page with what is in this section and nothing else.
    public void verifyAlone() {
        verify(rows(tables(), section).toList(), List.of());
    }

    private void verify(List<Row> rows, List<String> libraries) {
        var page = page();
        var faults = new ArrayList<String>();
        for (var row : rows) {
            if (page.keySet().stream().noneMatch(row::names)) {
                faults.add("listed, but not there: " + row);
            }
        }
        page.forEach((name, metric) -> {
            var row = rows.stream().filter(it -> it.names(name)).findFirst().orElse(null);
            if (row != null && !row.describes(metric)) {
                faults.add("%s is %s, but listed as %s".formatted(name, metric, row));
            } else if (row == null
                    && libraries.stream().noneMatch(name::startsWith)
                    && !isMaximum(name, page)) {
                faults.add("not listed: %s %s".formatted(name, metric));
            }
        });
        assertThat(faults).as("%s against \"## %s\" of %s", metrics, section, document).isEmpty();
    }

    private static boolean isMaximum(String name, Map<String, Metric> page) {
        var of = name.endsWith("_max") ? page.get(name.substring(0, name.length() - 4)) : null;
        return of != null && (of.type().equals("histogram") || of.type().equals("summary"));
    }

    /// The cells of each row, by the heading they stand under.
    private Map<String, List<List<String>>> tables() {
        try {
            var tables = new HashMap<String, List<List<String>>>();
            var heading = "";
            for (var line : Files.readAllLines(document)) {
                if (line.startsWith("## ")) {
                    heading = line.substring(3).strip();
                } else if (line.startsWith("| `")) {
                    tables.computeIfAbsent(heading, any -> new ArrayList<>())
                            .add(
                                    Arrays.stream(line.substring(1).split("\\|"))
                                            .map(String::strip)
                                            .toList());
                }
            }
            return tables;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Stream<Row> rows(Map<String, List<List<String>>> tables, String heading) {
        var rows = tables.getOrDefault(heading, List.of());
        assertThat(rows)
                .as("\"## %s\" of %s: name, type, unit, labels, meaning", heading, document)
                .isNotEmpty()
                .allMatch(cells -> cells.size() == 5 && cells.stream().noneMatch(String::isEmpty));
        return rows.stream()
                .map(cells ->
                        new Row(
                                codes(cells.get(0)).getFirst(),
                                cells.get(1),
                                new TreeSet<>(codes(cells.get(3))),
                                cells.get(4)));
    }

    private static List<String> codes(String cell) {
        return CODE.matcher(cell).results().map(code -> code.group(1)).toList();
    }

    private SortedMap<String, Metric> page() {
        var help = new HashMap<String, String>();
        var types = new HashMap<String, String>();
        var page = new TreeMap<String, Metric>();
        var family = "";
        for (var line : text().lines().toList()) {
            if (line.startsWith("# HELP ")) {
                var words = line.substring("# HELP ".length()).split(" ", 2);
                help.put(words[0], words.length == 1 ? "" : words[1]);
            } else if (line.startsWith("# TYPE ")) {
                var words = line.substring("# TYPE ".length()).split(" ", 2);
                family = words[0];
                types.put(family, words[1]);
            } else if (!line.isBlank() && !line.startsWith("#")) {
                var type = types.getOrDefault(family, "");
                var text = help.getOrDefault(family, "");
                page.computeIfAbsent(family, any -> new Metric(type, new TreeSet<>(), text))
                        .labels()
                        .addAll(labels(line, family));
            }
        }
        return page;
    }

    private static List<String> labels(String line, String family) {
        var sample = SAMPLE.matcher(line);
        assertThat(sample.matches()).as("a sample: %s", line).isTrue();
        assertThat(sample.group(1)).as("a sample of the family before it").startsWith(family);
        return sample.group(2) == null
                ? List.of()
                : LABEL.matcher(sample.group(2))
                        .results()
                        .map(label -> label.group(1))
                        .filter(label -> !LABELS_OF_THE_FORMAT.contains(label))
                        .toList();
    }

    private String text() {
        try (var client = HttpClient.newHttpClient()) {
            var response =
                    client.send(
                            HttpRequest.newBuilder(metrics).timeout(Duration.ofSeconds(20)).build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).as(metrics.toString()).isEqualTo(200);
            return response.body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while scraping " + metrics, e);
        }
    }
}
