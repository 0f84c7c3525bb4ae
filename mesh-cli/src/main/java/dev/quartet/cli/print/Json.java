package dev.quartet.cli.print;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// The one JSON mapper of the CLI.
public final class Json {
    public static final ObjectMapper MAPPER = JsonMapper.builder().build();
    private static final ObjectMapper PRETTY =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private Json() {}

    public static String pretty(Object value) {
        return PRETTY.writeValueAsString(value);
    }

    /// The text as a tree; text that is no JSON becomes one string, so that an error page is shown and not lost.
    public static JsonNode lenient(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JacksonException _) {
            return MAPPER.getNodeFactory().stringNode(text);
        }
    }
}
