package dev.quartet.config.write;

import dev.quartet.config.Resource;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Whole documents, as `mesh get` prints them and `mesh apply` reads them.
public final class ResourceWriter {
    /// Text that no YAML reader, old or new, takes for anything else.
    private static final Pattern PLAIN_TEXT =
            Pattern.compile("[A-Za-z/][A-Za-z0-9_./-]*(?::[A-Za-z0-9_./-]+)*");

    private static final Pattern OLD_YAML_WORDS =
            Pattern.compile("(?i:y|n|yes|no|on|off|true|false|null)");

    /// A key without `?` ends within 1,024 signs (YAML 1.2.2, 7.4.2).
    private static final int MAX_IMPLICIT_KEY = 1_000;

    private ResourceWriter() {}

    /// One document, without `---`; ends with a line feed.
    public static String yaml(Resource<?> resource) {
        var text = new StringBuilder();
        fields(document(resource), 0, text);
        return text.toString();
    }

    public static String json(Resource<?> resource) {
        return new String(CanonicalJson.write(document(resource)), StandardCharsets.UTF_8);
    }

    private static Map<String, @Nullable Object> document(Resource<?> resource) {
        var metadata = new LinkedHashMap<String, @Nullable Object>();
        metadata.put("name", resource.name());
        if (!resource.namespace().isEmpty()) {
            metadata.put("namespace", resource.namespace());
        }
        if (!resource.labels().isEmpty()) {
            metadata.put("labels", resource.labels());
        }
        if (!resource.annotations().isEmpty()) {
            metadata.put("annotations", resource.annotations());
        }
        var document = new LinkedHashMap<String, @Nullable Object>();
        document.put("apiVersion", resource.key().kind().apiVersion());
        document.put("kind", resource.key().kind().label());
        document.put("metadata", metadata);
        document.put("spec", Plain.of((Record) resource.spec()));
        return document;
    }

    private static void fields(Map<?, ?> fields, int indent, StringBuilder text) {
        var first = true;
        for (var entry : fields.entrySet()) {
            if (!first || !text.isEmpty() && text.charAt(text.length() - 1) == '\n') {
                text.repeat(' ', indent);
            }
            first = false;
            var key = scalar(entry.getKey());
            if (key.length() > MAX_IMPLICIT_KEY) {
                text.append("? ").append(key).append('\n').repeat(' ', indent).append(':');
            } else {
                text.append(key).append(':');
            }
            switch (entry.getValue()) {
                case Map<?, ?> map when !map.isEmpty() -> {
                    text.append('\n');
                    fields(map, indent + 2, text);
                }
                case List<?> list when !list.isEmpty() -> {
                    text.append('\n');
                    items(list, indent, text);
                }
                case null, default ->
                        text.append(' ').append(scalar(entry.getValue())).append('\n');
            }
        }
    }

    private static void items(List<?> items, int indent, StringBuilder text) {
        for (var item : items) {
            text.repeat(' ', indent).append("- ");
            switch (item) {
                case Map<?, ?> map when !map.isEmpty() -> fields(map, indent + 2, text);
                case List<?> list when !list.isEmpty() -> {
                    text.append('\n');
                    items(list, indent + 2, text);
                }
                case null, default -> text.append(scalar(item)).append('\n');
            }
        }
    }

    private static String scalar(@Nullable Object value) {
        return switch (value) {
            case null -> "null";
            case Map<?, ?> empty -> "{}";
            case List<?> empty -> "[]";
            case String text ->
                    PLAIN_TEXT.matcher(text).matches() && !OLD_YAML_WORDS.matcher(text).matches()
                            ? text
                            : quoted(text);
            default -> value.toString();
        };
    }

    private static String quoted(String text) {
        var quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            var c = text.charAt(i);
            switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\t' -> quoted.append("\\t");
                default -> {
                    // line separators and byte order marks are signs to YAML too
                    if (c < 0x20
                            || (c >= 0x7f && c < 0xa0)
                            || c == 0x2028
                            || c == 0x2029
                            || c == 0xfeff
                            || c >= 0xfffe) {
                        quoted.append("\\u%04x".formatted((int) c));
                    } else {
                        quoted.append(c);
                    }
                }
            }
        }
        return quoted.append('"').toString();
    }
}
