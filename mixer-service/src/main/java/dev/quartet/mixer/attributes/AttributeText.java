package dev.quartet.mixer.attributes;

import com.google.protobuf.Timestamp;
import dev.quartet.expressions.AttributeVocabulary;
import dev.quartet.expressions.ValueType;
import io.envoyproxy.envoy.config.core.v3.Address;
import java.net.InetAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// From what Envoy writes to what attributes hold.
final class AttributeText {
    /// Envoy's word for a value that is not there.
    private static final String ABSENT = "-";

    private AttributeText() {}

    /// The text, or null where Envoy had nothing to say.
    static @Nullable String present(@Nullable String text) {
        return text == null || text.isEmpty() || text.equals(ABSENT) ? null : text;
    }

    /// A tag's or extension's text as the type that its attribute has; null when it cannot be that.
    static @Nullable Object typed(String attribute, @Nullable String text) {
        var given = present(text);
        if (given == null) {
            return null;
        }
        try {
            return switch (AttributeVocabulary.standard()
                    .type(attribute)
                    .orElse(ValueType.STRING)) {
                case STRING, URI, EMAIL_ADDRESS, DNS_NAME -> given;
                case INT64 -> Long.valueOf(given);
                case DOUBLE -> Double.valueOf(given);
                case BOOL ->
                        given.equals("true")
                                ? Boolean.TRUE
                                : given.equals("false") ? Boolean.FALSE : null;
                case IP_ADDRESS -> InetAddress.ofLiteral(given);
                case TIMESTAMP -> Instant.parse(given);
                case DURATION -> Duration.parse(given);
                case STRING_MAP -> null;
            };
        } catch (RuntimeException e) {
            return null; // not of that type: as if it were not there
        }
    }

    static @Nullable InetAddress ip(Address address) {
        var text = address.getSocketAddress().getAddress();
        if (text.isEmpty()) {
            return null;
        }
        try {
            return InetAddress.ofLiteral(text);
        } catch (IllegalArgumentException e) {
            return null; // a pipe, or an internal listener
        }
    }

    static @Nullable InetAddress ip(@Nullable String text) {
        return typed("source.ip", text) instanceof InetAddress address ? address : null;
    }

    static @Nullable Long port(Address address) {
        int port = address.getSocketAddress().getPortValue();
        return port == 0 ? null : Long.valueOf(port);
    }

    static Instant time(Timestamp time) {
        return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
    }

    static Duration duration(com.google.protobuf.Duration duration) {
        return Duration.ofSeconds(duration.getSeconds(), duration.getNanos());
    }

    /// `request.url_path`: the path without its query.
    static @Nullable String urlPath(String path) {
        int query = path.indexOf('?');
        return present(query < 0 ? path : path.substring(0, query));
    }

    /// `request.query_params`; of a name that comes twice the first value counts, as in Istio's proxy.
    static @Nullable Map<String, String> queryParams(String path) {
        int query = path.indexOf('?');
        if (query < 0 || query == path.length() - 1) {
            return null;
        }
        var params = new HashMap<String, String>();
        for (var part : path.substring(query + 1).split("&")) {
            int equals = part.indexOf('=');
            var name = decode(equals < 0 ? part : part.substring(0, equals));
            if (!name.isEmpty()) {
                params.putIfAbsent(name, equals < 0 ? "" : decode(part.substring(equals + 1)));
            }
        }
        return params;
    }

    private static String decode(String text) {
        if (text.indexOf('%') < 0 && text.indexOf('+') < 0) {
            return text;
        }
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return text; // a lone percent sign: as it came
        }
    }

    /// `destination.labels[app]`, the name of a tag that carries one entry of a map. The usual ones cost nothing.
    static String entryName(String map, String key) {
        if (map.equals("destination.labels")) {
            switch (key) {
                case "app":
                    return "destination.labels[app]";
                case "version":
                    return "destination.labels[version]";
                default:
                    break;
            }
        } else if (map.equals("source.labels")) {
            switch (key) {
                case "app":
                    return "source.labels[app]";
                case "version":
                    return "source.labels[version]";
                default:
                    break;
            }
        }
        return map + "[" + key + "]";
    }

    /// All entries of `map` among `texts`, whose names have the form of [#entryName]; null when there is none.
    static @Nullable Map<String, String> entries(String map, Map<String, String> texts) {
        var found = new HashMap<String, String>();
        var prefix = map + "[";
        texts.forEach((name, text) -> {
            if (name.startsWith(prefix) && name.endsWith("]") && present(text) != null) {
                found.put(name.substring(prefix.length(), name.length() - 1), text);
            }
        });
        return found.isEmpty() ? null : found;
    }
}
