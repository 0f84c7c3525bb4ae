package dev.quartet.bookshop;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// An answer in the making, rendered as JSON or as a piece of HTML. The HTML of one service is a block inside that of the
/// service that called it, and its JSON a member, so nobody has to parse what another one said.
final class Page {
    /// Finished JSON of another service, taken over as it is.
    private record Json(String text) {}

    private final Map<String, Object> members = new LinkedHashMap<>();
    private final List<String> blocks = new ArrayList<>();
    private final Instance instance;
    private int status = 200;

    Page(Instance instance) {
        this.instance = instance;
        members.put("service", instance.service());
        members.put("version", instance.version());
        members.put("instance", instance.name());
    }

    Page with(String name, Object value) {
        members.put(name, value);
        return this;
    }

    Page block(String html) {
        blocks.add(html);
        return this;
    }

    /// Takes over another service's answer. A part that failed gives the whole page its status: the failure is seen from
    /// outside, by people and by tests.
    Page part(String name, Remote.Answer answer) {
        if (answer.failed()) {
            status = Math.max(status, answer.status());
            members.put(name, Map.of("status", answer.status(), "error", answer.body()));
            blocks.add(
                    "<p class=\"failed\">%s failed: %d %s</p>"
                            .formatted(escaped(name), answer.status(), escaped(answer.body())));
        } else {
            members.put(name, new Json(answer.body().strip()));
            blocks.add(answer.body());
        }
        return this;
    }

    Page failed(int code, String error) {
        status = code;
        return with("error", error).block("<p class=\"failed\">" + escaped(error) + "</p>");
    }

    int status() {
        return status;
    }

    String json() {
        var text = new StringBuilder();
        append(text, members);
        return text.toString();
    }

    String html() {
        return "<section class=\"%s\">%s<small>%s %s, %s</small></section>"
                .formatted(
                        instance.service(),
                        String.join("", blocks),
                        instance.service(),
                        escaped(instance.version()),
                        escaped(instance.name()));
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    private static void append(StringBuilder text, Object value) {
        switch (value) {
            case Json(var json) -> text.append(json);
            case Number number -> text.append(number);
            case Map<?, ?> map -> {
                var separator = "{";
                for (var entry : map.entrySet()) {
                    text.append(separator)
                            .append(quoted(String.valueOf(entry.getKey())))
                            .append(':');
                    append(text, entry.getValue());
                    separator = ",";
                }
                text.append(map.isEmpty() ? "{}" : "}");
            }
            case List<?> list -> {
                var separator = "[";
                for (var item : list) {
                    text.append(separator);
                    append(text, item);
                    separator = ",";
                }
                text.append(list.isEmpty() ? "[]" : "]");
            }
            default -> text.append(quoted(value.toString()));
        }
    }

    private static String quoted(String text) {
        var json = new StringBuilder("\"");
        for (var sign : text.toCharArray()) {
            if (sign == '"' || sign == '\\') {
                json.append('\\').append(sign);
            } else if (sign < ' ') {
                json.append("\\u%04x".formatted((int) sign));
            } else {
                json.append(sign);
            }
        }
        return json.append('"').toString();
    }
}
