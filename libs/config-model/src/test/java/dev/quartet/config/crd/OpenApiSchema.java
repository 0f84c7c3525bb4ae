package dev.quartet.config.crd;

import dev.quartet.config.schema.NotTranslated;
import dev.quartet.config.schema.RecordSchema;
import dev.quartet.config.schema.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// A record's schema as a structural OpenAPI v3 schema of Kubernetes. It says what the reader says, as far as such a
/// schema can: names in camel case only, and decimals without quotes. Ranges and what fields mean together are Galley's
/// to judge.
final class OpenApiSchema {
    private static final String DURATION =
            "^[-+]?(0|([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$";
    private static final String WHOLE_NUMBER = "^[-+]?[0-9]+$";

    private final RecordDocs docs;

    OpenApiSchema(RecordDocs docs) {
        this.docs = docs;
    }

    Map<String, Object> of(RecordSchema record) {
        var schema = object();
        var about = new ArrayList<String>();
        docs.of(record.type()).ifPresent(about::add);
        if (record.notTranslated() != null) {
            about.add(notInForce(record.notTranslated()));
        }
        if (!about.isEmpty()) {
            schema.put("description", String.join(" ", about));
        }
        var properties = new LinkedHashMap<String, Object>();
        var required = new ArrayList<String>();
        for (var field : record.fields()) {
            properties.put(field.name(), field(record, field));
            if (field.required()) {
                required.add(field.name());
            }
        }
        if (!properties.isEmpty()) {
            schema.put("properties", properties);
        }
        if (!required.isEmpty()) {
            schema.put("required", required);
        }
        exclusive(record, schema);
        return schema;
    }

    private Map<String, Object> field(RecordSchema record, RecordSchema.Field field) {
        var schema = shape(field.shape());
        if (field.nullIsEmpty()) {
            schema.put("nullable", true);
        }
        if (field.required() || field.notEmpty()) {
            switch (field.shape()) {
                case Shape.ListOf list -> schema.put("minItems", 1);
                case Shape.MapOf map -> schema.put("minProperties", 1);
                default -> {}
            }
        }
        var component = record.type().getRecordComponents()[field.index()].getName();
        var text = new ArrayList<String>();
        docs.of(record.type(), component)
                .or(() -> Optional.ofNullable((String) schema.get("description")))
                .ifPresent(text::add);
        var notTranslated = field.notTranslated();
        if (notTranslated != null) {
            text.add(notInForce(notTranslated));
        }
        if (!text.isEmpty()) {
            schema.put("description", String.join(" ", text));
        }
        return described(schema);
    }

    private static String notInForce(NotTranslated why) {
        return "Not in force yet: " + why.value() + ".";
    }

    /// The description first, for readers of the file.
    private static Map<String, Object> described(Map<String, Object> schema) {
        var ordered = new LinkedHashMap<String, Object>();
        var description = schema.get("description");
        if (description != null) {
            ordered.put("description", description);
        }
        ordered.putAll(schema);
        return ordered;
    }

    private Map<String, Object> shape(Shape shape) {
        return switch (shape) {
            case Shape.Text text -> type("string");
            case Shape.Bool bool -> type("boolean");
            case Shape.Int32 number -> wholeNumber();
            case Shape.Int64 number -> wholeNumber();
            case Shape.Decimal number -> type("number");
            case Shape.Span span -> with(type("string"), "pattern", DURATION);
            case Shape.Choice choice -> with(type("string"), "enum", choice.names());
            case Shape.AnyTree any -> with(object(), "x-kubernetes-preserve-unknown-fields", true);
            case Shape.ListOf list -> with(type("array"), "items", shape(list.item()));
            case Shape.MapOf map ->
                    with(
                            map.numericKeys() ? ports() : object(),
                            "additionalProperties",
                            shape(map.value()));
            case Shape.Nested nested -> of(nested.schema());
            case Shape.AnyOf any -> anyOf(any);
        };
    }

    /// The keys' form is beyond such a schema.
    private static Map<String, Object> ports() {
        return with(object(), "description", "By port number.");
    }

    /// The reader takes numbers in quotes too, as proto3's JSON has them.
    private static Map<String, Object> wholeNumber() {
        var schema = new LinkedHashMap<String, Object>();
        schema.put("x-kubernetes-int-or-string", true);
        schema.put("anyOf", List.of(type("integer"), type("string")));
        schema.put("pattern", WHOLE_NUMBER);
        return schema;
    }

    private Map<String, Object> anyOf(Shape.AnyOf any) {
        var schema = object();
        docs.of(any.type()).ifPresent(text -> schema.put("description", text));
        var properties = new LinkedHashMap<String, Object>();
        for (var member : any.members()) {
            member.fields().forEach(field -> properties.put(field.name(), field(member, field)));
        }
        schema.put("properties", properties);
        schema.put("maxProperties", 1);
        if (any.members().stream().noneMatch(member -> member.fields().isEmpty())) {
            schema.put("minProperties", 1);
        }
        return schema;
    }

    /// Of each group at most one field: none of them, or exactly one.
    private static void exclusive(RecordSchema record, Map<String, Object> schema) {
        var groups = new ArrayList<List<Object>>();
        for (var group : record.exclusive()) {
            List<Object> alone =
                    group.stream()
                            .<Object>map(field -> Map.of("required", List.of(field.name())))
                            .collect(Collectors.toCollection(ArrayList::new));
            alone.addFirst(Map.of("not", Map.of("anyOf", List.copyOf(alone))));
            groups.add(alone);
        }
        if (groups.size() == 1) {
            schema.put("oneOf", groups.getFirst());
        } else if (!groups.isEmpty()) {
            schema.put("allOf", groups.stream().map(group -> Map.of("oneOf", group)).toList());
        }
    }

    private static Map<String, Object> object() {
        return type("object");
    }

    private static Map<String, Object> type(String type) {
        var schema = new LinkedHashMap<String, Object>();
        schema.put("type", type);
        return schema;
    }

    private static Map<String, Object> with(Map<String, Object> schema, String key, Object value) {
        schema.put(key, value);
        return schema;
    }
}
