package dev.quartet.mixer.attributes;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// `request.auth.*`, from the claims that Envoy's jwt_authn filter leaves in dynamic metadata, one struct per issuer.
/// With tokens of more than one issuer, the first by name counts.
final class RequestAuth {
    static final String NAMESPACE = "envoy.filters.http.jwt_authn";

    /// What Pilot sends along, among `context_extensions` and custom tags, where a request carries on the name in its token, and not that of the calling
    /// workload (`principalBinding: USE_ORIGIN`).
    static final String BINDING = "source.principal.binding";

    private static final String ORIGIN = "USE_ORIGIN";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private RequestAuth() {}

    static @Nullable Object attribute(String name, Map<String, Struct> metadata) {
        var claims = claims(metadata);
        if (claims == null) {
            return null;
        }
        return switch (name) {
            case "request.auth.principal" -> principal(claims);
            case "request.auth.audiences" -> text(claims, "aud");
            case "request.auth.presenter" -> text(claims, "azp");
            case "request.auth.claims" -> flat(claims);
            case "request.auth.raw_claims" -> json(claims);
            default -> null;
        };
    }

    /// @param binding as Pilot sent it
    /// @param peer the calling workload's principal
    static @Nullable String sourcePrincipal(
            String binding, @Nullable Principal peer, Map<String, Struct> metadata) {
        if (!binding.equals(ORIGIN)) {
            return peer == null ? null : peer.text();
        }
        var claims = claims(metadata);
        return claims == null ? null : principal(claims);
    }

    private static @Nullable Struct claims(Map<String, Struct> metadata) {
        var issuers = metadata.get(NAMESPACE);
        if (issuers == null) {
            return null;
        }
        return new TreeMap<>(issuers.getFieldsMap())
                .values().stream()
                        .filter(Value::hasStructValue)
                        .map(Value::getStructValue)
                        .filter(claims ->
                                claims.containsFields("iss") || claims.containsFields("sub"))
                        .findFirst()
                        .orElse(null);
    }

    /// `<issuer>/<subject>`.
    private static @Nullable String principal(Struct claims) {
        var issuer = text(claims, "iss");
        var subject = text(claims, "sub");
        return issuer == null || subject == null ? null : issuer + "/" + subject;
    }

    private static @Nullable String text(Struct claims, String claim) {
        var value = claims.getFieldsMap().get(claim);
        return value == null ? null : text(value);
    }

    private static @Nullable String text(Value value) {
        return switch (value.getKindCase()) {
            case STRING_VALUE -> value.getStringValue();
            case BOOL_VALUE -> Boolean.toString(value.getBoolValue());
            case NUMBER_VALUE -> number(value.getNumberValue());
            case LIST_VALUE ->
                    value.getListValue().getValuesList().stream()
                            .map(RequestAuth::text)
                            .filter(element -> element != null)
                            .collect(Collectors.joining(","));
            case STRUCT_VALUE, NULL_VALUE, KIND_NOT_SET -> null;
        };
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    private static Map<String, String> flat(Struct claims) {
        var flat = new HashMap<String, String>();
        claims.getFieldsMap()
                .forEach((claim, value) -> {
                    var text = text(value);
                    if (text != null) {
                        flat.put(claim, text);
                    }
                });
        return flat;
    }

    private static String json(Struct claims) {
        return JSON.writeValueAsString(plain(Value.newBuilder().setStructValue(claims).build()));
    }

    private static @Nullable Object plain(Value value) {
        return switch (value.getKindCase()) {
            case STRING_VALUE -> value.getStringValue();
            case BOOL_VALUE -> value.getBoolValue();
            case NUMBER_VALUE -> {
                double number = value.getNumberValue();
                yield number == Math.rint(number) && Math.abs(number) < 1e15
                        ? (Object) (long) number
                        : (Object) number;
            }
            case LIST_VALUE ->
                    value.getListValue().getValuesList().stream().map(RequestAuth::plain).toList();
            case STRUCT_VALUE -> {
                var fields = new TreeMap<String, @Nullable Object>();
                value.getStructValue()
                        .getFieldsMap()
                        .forEach((name, field) -> fields.put(name, plain(field)));
                yield fields;
            }
            case NULL_VALUE, KIND_NOT_SET -> null;
        };
    }
}
