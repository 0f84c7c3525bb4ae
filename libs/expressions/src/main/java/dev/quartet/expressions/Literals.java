package dev.quartet.expressions;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Map;

/// Writes a value as the expression that gives it.
final class Literals {
    private Literals() {}

    static String render(ValueType type, Object value) {
        var text = new StringBuilder();
        render(text, type, value);
        return text.toString();
    }

    static void render(StringBuilder text, ValueType type, Object value) {
        switch (type) {
            case STRING -> quote(text, value.toString());
            case INT64, DOUBLE, BOOL -> text.append(value);
            case DURATION ->
                    quote(
                            text,
                            value instanceof Duration d ? GoDuration.format(d) : value.toString());
            case TIMESTAMP -> call(text, "timestamp", value.toString());
            case IP_ADDRESS ->
                    call(
                            text,
                            "ip",
                            value instanceof InetAddress ip
                                    ? ip.getHostAddress()
                                    : value.toString());
            case EMAIL_ADDRESS -> call(text, "email", value.toString());
            case URI -> call(text, "uri", value.toString());
            case DNS_NAME -> call(text, "dnsName", value.toString());
            case STRING_MAP ->
                    text.append(
                            value instanceof Map<?, ?> m && m.isEmpty()
                                    ? "emptyStringMap()"
                                    : value);
        }
    }

    private static void call(StringBuilder text, String function, String argument) {
        text.append(function).append('(');
        quote(text, argument);
        text.append(')');
    }

    static void quote(StringBuilder text, String value) {
        text.append('"');
        for (var i = 0; i < value.length(); i++) {
            var sign = value.charAt(i);
            switch (sign) {
                case '"', '\\' -> text.append('\\').append(sign);
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                default -> {
                    if (sign < 0x20 || sign == 0x7f) {
                        text.append(String.format("\\u%04x", (int) sign));
                    } else {
                        text.append(sign);
                    }
                }
            }
        }
        text.append('"');
    }
}
