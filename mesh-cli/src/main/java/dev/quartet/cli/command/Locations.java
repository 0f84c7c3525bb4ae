package dev.quartet.cli.command;

import dev.quartet.cli.admin.AdminClient;
import dev.quartet.cli.print.Printable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// In which file and line the fields stand that an explanation names. Galley is asked once for all of them.
///
/// @param byField Galley's answers
/// @param revision that they are true for; empty where nobody was asked
record Locations(Map<Field, JsonNode> byField, String revision) {
    static final Locations NONE = new Locations(Map.of(), "");

    private static final Duration LIMIT = Duration.ofSeconds(30);

    /// What a user wrote, as Pilot names it.
    record Field(String kind, String namespace, String name, String path) {
        static boolean isIn(JsonNode node) {
            return node.path("kind").isString()
                    && node.path("namespace").isString()
                    && node.path("name").isString()
                    && node.path("path").isString();
        }

        static Field of(JsonNode node) {
            return new Field(
                    node.path("kind").asString(),
                    node.path("namespace").asString(),
                    node.path("name").asString(),
                    node.path("path").asString());
        }
    }

    /// @throws dev.quartet.cli.Failure when Galley cannot be asked, or refuses
    static Locations of(JsonNode explanation, Supplier<AdminClient> galley) {
        var fields = new LinkedHashSet<Field>();
        collect(explanation, fields);
        if (fields.isEmpty()) {
            return NONE;
        }
        var answer =
                galley.get()
                        .post(
                                "/admin/v1/config/locations",
                                Map.of("fields", List.copyOf(fields)),
                                LIMIT);
        var found = new HashMap<Field, JsonNode>();
        answer.path("locations").forEach(it -> found.put(Field.of(it), it));
        return new Locations(found, answer.path("revision").asString(""));
    }

    private static void collect(JsonNode node, Set<Field> fields) {
        if (Field.isIn(node)) {
            fields.add(Field.of(node));
        }
        node.values().forEach(inner -> collect(inner, fields));
    }

    /// `VirtualService shop/reviews spec.http[0] (bookshop.yaml:31)`.
    String text(JsonNode source) {
        var path = source.path("path").asString("");
        var place = place(source);
        return Names.of(source)
                + (path.isEmpty() ? "" : " " + Printable.line(path))
                + (place.isEmpty() ? "" : " (" + place + ")");
    }

    /// `bookshop.yaml:31`; empty where it is not known.
    String place(JsonNode source) {
        var found = byField.get(Field.of(source));
        if (found == null) {
            return "";
        }
        return found.path("origin").asString("").equals("built-in")
                ? "built in"
                : Printable.line(found.path("text").asString(""));
    }

    /// The explanation with `file` and `line` beside each field.
    JsonNode joined(JsonNode explanation) {
        var joined = explanation.deepCopy();
        var objects = new ArrayList<ObjectNode>();
        collectObjects(joined, objects);
        for (var object : objects) {
            var found = byField.get(Field.of(object));
            var more = new LinkedHashMap<String, JsonNode>();
            if (found != null) {
                more.put("file", found.path("file"));
                more.put("line", found.path("line"));
            }
            object.setAll(more);
        }
        return joined;
    }

    private static void collectObjects(JsonNode node, List<ObjectNode> objects) {
        if (node instanceof ObjectNode object && Field.isIn(node)) {
            objects.add(object);
        }
        node.values().forEach(inner -> collectObjects(inner, objects));
    }
}
