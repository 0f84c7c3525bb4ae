package dev.quartet.e2e;

import dev.quartet.testkit.Json;
import dev.quartet.testkit.SourceTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The rules of `dashboards/prometheus`.
///
/// @param recorded the metrics that they make
record Rules(List<String> recorded, List<Alert> alerts, List<String> queries) {
    static final Path FOLDER = SourceTree.root().resolve("dashboards/prometheus");

    Rules {
        recorded = List.copyOf(recorded);
        alerts = List.copyOf(alerts);
        queries = List.copyOf(queries);
    }

    record Alert(String name, String severity, String summary, String description) {}

    /// A YAML file as maps, lists and scalars.
    static Map<?, ?> yaml(Path file) {
        try {
            return (Map<?, ?>) Json.read(Files.readString(file));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// The files of a folder that Prometheus or promtool reads, sorted.
    static List<Path> files(Path folder) {
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".yml")).sorted().toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    static Rules read() {
        var recorded = new ArrayList<String>();
        var alerts = new ArrayList<Alert>();
        var queries = new ArrayList<String>();
        for (var file : files(FOLDER)) {
            for (var group : Dashboard.list(yaml(file), "groups")) {
                for (var rule : Dashboard.list(group, "rules")) {
                    queries.add(Dashboard.string(rule, "expr"));
                    if (rule.containsKey("record")) {
                        recorded.add(Dashboard.string(rule, "record"));
                    } else {
                        var texts = Dashboard.map(rule, "annotations");
                        alerts.add(
                                new Alert(
                                        Dashboard.string(rule, "alert"),
                                        Dashboard.string(Dashboard.map(rule, "labels"), "severity"),
                                        Dashboard.string(texts, "summary"),
                                        Dashboard.string(texts, "description")));
                    }
                }
            }
        }
        return new Rules(recorded, alerts, queries);
    }
}
