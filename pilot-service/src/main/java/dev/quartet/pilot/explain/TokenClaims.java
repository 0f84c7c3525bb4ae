package dev.quartet.pilot.explain;

import dev.quartet.config.Tree;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What a request's token says, if it is good: it is read, and nothing of it is verified. Only the one in `Authorization: Bearer` is looked
/// for.
final class TokenClaims {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String BEARER = "Bearer ";

    private TokenClaims() {}

    /// @param headers by their names in lower case
    /// @return by the issuer; nothing where there is no token that can be read
    static Map<String, Tree.Fields> of(Map<String, String> headers) {
        var header = headers.getOrDefault("authorization", "");
        var parts =
                header.startsWith(BEARER)
                        ? header.substring(BEARER.length()).split("\\.", -1)
                        : new String[0];
        if (parts.length != 3) {
            return Map.of();
        }
        return payload(parts[1]).map(TokenClaims::byIssuer).orElse(Map.of());
    }

    private static Map<String, Tree.Fields> byIssuer(Tree.Fields claims) {
        return claims.fields().get("iss") instanceof Tree.Text(var issuer)
                ? Map.of(issuer, claims)
                : Map.of();
    }

    private static Optional<Tree.Fields> payload(String encoded) {
        try {
            var text = new String(Base64.getUrlDecoder().decode(encoded), StandardCharsets.UTF_8);
            return tree(JSON.readTree(text)) instanceof Tree.Fields claims
                    ? Optional.of(claims)
                    : Optional.empty();
        } catch (IllegalArgumentException | JacksonException _) {
            return Optional.empty(); // it is no token: what refuses it tells so
        }
    }

    private static Tree tree(JsonNode node) {
        if (node.isObject()) {
            var fields = new LinkedHashMap<String, Tree>();
            node.properties().forEach(it -> fields.put(it.getKey(), tree(it.getValue())));
            return new Tree.Fields(fields);
        }
        if (node.isArray()) {
            return new Tree.Items(node.valueStream().map(TokenClaims::tree).toList());
        }
        if (node.isNumber()) {
            return new Tree.Num(node.decimalValue());
        }
        if (node.isBoolean()) {
            return new Tree.Bool(node.booleanValue());
        }
        return node.isNull() ? new Tree.Null() : new Tree.Text(node.asString());
    }
}
