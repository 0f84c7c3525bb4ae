package dev.quartet.pilot.translate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// The public keys in a set that a user has written (RFC 7517, section 5). Envoy refuses a whole filter for a set without a key that it
/// can use, and takes secrets (`oct`) for keys too: who reads the policy could sign tokens with them.
final class PublicKeys {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() {};

    /// What each type of key has (RFC 7518, section 6; RFC 8037, section 2).
    private static final Map<String, List<String>> MEMBERS =
            Map.of(
                    "RSA", List.of("n", "e"),
                    "EC", List.of("crv", "x", "y"),
                    "OKP", List.of("crv", "x"));

    private static final Map<String, List<String>> CURVES =
            Map.of("EC", List.of("P-256", "P-384", "P-521"), "OKP", List.of("Ed25519"));

    private static final int SHORTEST_MODULUS = 2_048 / Byte.SIZE;

    private PublicKeys() {}

    /// The set with nothing but its usable public keys; empty: there are none.
    static Optional<String> of(String jwks) {
        Map<String, Object> set;
        try {
            set = JSON.readValue(jwks, OBJECT);
        } catch (JacksonException _) {
            return Optional.empty();
        }
        var keys = new ArrayList<Map<String, Object>>();
        if (set != null && set.get("keys") instanceof List<?> all) {
            for (var one : all) {
                if (one instanceof Map<?, ?> key) {
                    usable(key).ifPresent(keys::add);
                }
            }
        }
        return keys.isEmpty()
                ? Optional.empty()
                : Optional.of(JSON.writeValueAsString(Map.of("keys", keys)));
    }

    private static Optional<Map<String, Object>> usable(Map<?, ?> key) {
        var type = String.valueOf(key.get("kty"));
        var members = MEMBERS.get(type);
        var curves = CURVES.get(type);
        if (members == null
                || curves != null && !curves.contains(String.valueOf(key.get("crv")))
                || "enc".equals(key.get("use"))) {
            return Optional.empty();
        }
        var usable = new LinkedHashMap<String, Object>();
        usable.put("kty", type);
        for (var member : members) {
            if (!(key.get(member) instanceof String value)
                    || !member.equals("crv") && decoded(value).length == 0) {
                return Optional.empty();
            }
            usable.put(member, value);
        }
        if (type.equals("RSA")
                && decoded(String.valueOf(usable.get("n"))).length < SHORTEST_MODULUS) {
            return Optional.empty();
        }
        for (var name : List.of("kid", "alg")) {
            if (key.get(name) instanceof String value) {
                usable.put(name, value);
            }
        }
        return Optional.of(usable);
    }

    /// Empty where it is no base64url.
    private static byte[] decoded(String text) {
        try {
            return java.util.Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException _) {
            return new byte[0];
        }
    }
}
