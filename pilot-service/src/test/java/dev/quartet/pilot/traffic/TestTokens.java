package dev.quartet.pilot.traffic;

import dev.quartet.config.Tree;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.util.Base64;
import java.util.Map;
import java.util.stream.Collectors;

/// An issuer of tokens (RFC 7519) with one key, RS256.
final class TestTokens {
    private final KeyPair key;

    TestTokens() {
        try {
            var generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            key = generator.generateKeyPair();
        } catch (GeneralSecurityException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /// RFC 7517.
    String keys() {
        var rsa = (RSAPublicKey) key.getPublic();
        return "{\"keys\":[{\"kty\":\"RSA\",\"alg\":\"RS256\",\"kid\":\"k\",\"n\":\"%s\",\"e\":\"%s\"}]}"
                .formatted(text(rsa.getModulus()), text(rsa.getPublicExponent()));
    }

    String sign(Tree.Fields claims) {
        var signed =
                text("{\"alg\":\"RS256\",\"kid\":\"k\"}".getBytes(StandardCharsets.UTF_8))
                        + "."
                        + text(json(claims).getBytes(StandardCharsets.UTF_8));
        try {
            var signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(key.getPrivate());
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + text(signature.sign());
        } catch (GeneralSecurityException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static String json(Tree value) {
        return switch (value) {
            case Tree.Text(var text) -> "\"" + text + "\"";
            case Tree.Num(var number) -> number.toPlainString();
            case Tree.Bool(var holds) -> Boolean.toString(holds);
            case Tree.Null() -> "null";
            case Tree.Items(var items) ->
                    items.stream().map(TestTokens::json).collect(Collectors.joining(",", "[", "]"));
            case Tree.Fields(var fields) ->
                    fields.entrySet().stream()
                            .sorted(Map.Entry.comparingByKey())
                            .map(it -> "\"" + it.getKey() + "\":" + json(it.getValue()))
                            .collect(Collectors.joining(",", "{", "}"));
        };
    }

    private static String text(BigInteger number) {
        var bytes = number.toByteArray();
        return text(bytes[0] == 0 ? java.util.Arrays.copyOfRange(bytes, 1, bytes.length) : bytes);
    }

    private static String text(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
