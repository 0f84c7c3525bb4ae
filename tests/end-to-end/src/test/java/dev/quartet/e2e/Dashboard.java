package dev.quartet.e2e;

import dev.quartet.testkit.Json;
import dev.quartet.testkit.SourceTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// A Grafana dashboard of `dashboards/grafana`, as far as the tests look at it.
///
/// @param text the whole file
/// @param json the same as maps, lists and scalars
record Dashboard(
        Path file,
        String text,
        Map<?, ?> json,
        String uid,
        String title,
        List<Variable> variables,
        List<Panel> panels) {
    static final Path FOLDER = SourceTree.root().resolve("dashboards/grafana");

    Dashboard {
        variables = List.copyOf(variables);
        panels = List.copyOf(panels);
    }

    /// @param query empty where Prometheus is not asked
    /// @param multiple whether it may stand for all of its values
    record Variable(String name, String type, String query, boolean multiple) {}

    /// @param unit empty when none is said
    /// @param json what Grafana reads
    record Panel(
            int id,
            String type,
            String title,
            Place place,
            String unit,
            List<Query> queries,
            Map<?, ?> json) {
        boolean isRow() {
            return type.equals("row");
        }
    }

    /// @param legend empty in tables
    record Query(String refId, String promQl, String legend) {}

    /// In the grid of 24 columns.
    record Place(int x, int y, int w, int h) {
        boolean overlaps(Place other) {
            return x < other.x + other.w
                    && other.x < x + w
                    && y < other.y + other.h
                    && other.y < y + h;
        }
    }

    static List<Dashboard> all() {
        try (var files = Files.list(FOLDER)) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .map(Dashboard::read)
                    .toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static Dashboard read(Path file) {
        try {
            var text = Files.readString(file);
            var json = (Map<?, ?>) Json.read(text);
            return new Dashboard(
                    file,
                    text,
                    json,
                    string(json, "uid"),
                    string(json, "title"),
                    list(map(json, "templating"), "list").stream()
                            .map(Dashboard::variable)
                            .toList(),
                    list(json, "panels").stream().map(Dashboard::panel).toList());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static Variable variable(Map<?, ?> json) {
        var asks = string(json, "type").equals("query");
        return new Variable(
                string(json, "name"),
                string(json, "type"),
                asks ? string(map(json, "query"), "query") : "",
                Boolean.TRUE.equals(json.get("includeAll")));
    }

    private static Panel panel(Map<?, ?> json) {
        var place = map(json, "gridPos");
        return new Panel(
                number(json, "id"),
                string(json, "type"),
                string(json, "title"),
                new Place(
                        number(place, "x"),
                        number(place, "y"),
                        number(place, "w"),
                        number(place, "h")),
                string(map(map(json, "fieldConfig"), "defaults"), "unit"),
                list(json, "targets").stream()
                        .map(target ->
                                new Query(
                                        string(target, "refId"),
                                        string(target, "expr"),
                                        string(target, "legendFormat")))
                        .toList(),
                json);
    }

    /// Empty when it is not there.
    static String string(Map<?, ?> json, String key) {
        return json.get(key) instanceof String text ? text : "";
    }

    private static int number(Map<?, ?> json, String key) {
        return json.get(key) instanceof Integer number ? number : -1;
    }

    static Map<?, ?> map(Map<?, ?> json, String key) {
        return json.get(key) instanceof Map<?, ?> fields ? fields : Map.of();
    }

    static List<Map<?, ?>> list(Map<?, ?> json, String key) {
        return json.get(key) instanceof List<?> items
                ? items.stream().<Map<?, ?>>map(item -> (Map<?, ?>) item).toList()
                : List.of();
    }
}
