package dev.quartet.bootstrap;

import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// JSON trees in the order they are built: the same spec gives the same bytes.
final class Json {
    private static final DefaultIndenter INDENT = new DefaultIndenter("  ", "\n");
    private static final JsonMapper MAPPER =
            JsonMapper.builder()
                    .defaultPrettyPrinter(
                            new DefaultPrettyPrinter()
                                    .withObjectIndenter(INDENT)
                                    .withArrayIndenter(INDENT))
                    .build();
    private static final String TYPES = "type.googleapis.com/envoy.";

    private Json() {}

    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /// An object that says which message it is, as `Any` wants.
    /// @param message without `envoy.`
    static ObjectNode typed(String message) {
        return object().put("@type", TYPES + message);
    }

    static ArrayNode array(JsonNode... items) {
        ArrayNode array = MAPPER.createArrayNode();
        for (JsonNode item : items) {
            array.add(item);
        }
        return array;
    }

    /// A named extension: `{name, typed_config}`.
    static ObjectNode extension(String name, ObjectNode config) {
        var extension = object().put("name", name);
        extension.set("typed_config", config);
        return extension;
    }

    static String compact(JsonNode json) {
        return MAPPER.writeValueAsString(json);
    }

    static String pretty(JsonNode json) {
        return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n";
    }
}
