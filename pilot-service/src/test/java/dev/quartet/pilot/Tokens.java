package dev.quartet.pilot;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Clock;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// An issuer of the tests: JWTs (RFC 7519) that are signed by RS256, and some that nobody should believe.
public final class Tokens {
    /// The key's name in the set.
    public static final String KEY = "tests";

    /// In the text of a case: `TOKEN(iss=https://issuer.example.org;aud=shop;exp=3600)`. Claims are text, `exp` and `nbf` seconds from now; an hour's
    /// life when `exp` is left out, none when it is empty. `alg` and `kid` are the header's.
    private static final Pattern WRITTEN = Pattern.compile("TOKEN\\(([^)]*)\\)");

    /// In the text of a case: the set of keys.
    private static final String JWKS = "JWKS-OF-THE-TESTS";

    private static final long HOUR = 3_600;
    private static final KeyPair PAIR = pair();
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    private Tokens() {}

    /// The text with tokens and keys in the place of their names.
    public static String placed(String text) {
        return WRITTEN.matcher(text.replace(JWKS, jwks()))
                .replaceAll(found -> Matcher.quoteReplacement(token(parts(found.group(1)))));
    }

    private static Map<String, String> parts(String written) {
        return Arrays.stream(written.split(";"))
                .filter(part -> !part.isEmpty())
                .map(part -> part.split("=", 2))
                .collect(Collectors.toMap(it -> it[0], it -> it[1]));
    }

    /// The public key (RFC 7517).
    public static String jwks() {
        var key = (RSAPublicKey) PAIR.getPublic();
        return "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"%s\",\"use\":\"sig\",\"n\":\"%s\",\"e\":\"%s\"}]}"
                .formatted(KEY, number(key.getModulus()), number(key.getPublicExponent()));
    }

    /// @param parts as in the text of a case
    public static String token(Map<String, String> parts) {
        var claims = new LinkedHashMap<>(parts);
        claims.putIfAbsent("iss", "https://issuer.example.org");
        claims.putIfAbsent("sub", "alice");
        claims.putIfAbsent("exp", String.valueOf(HOUR));
        var alg = claims.getOrDefault("alg", "RS256");
        var kid = claims.getOrDefault("kid", KEY);
        claims.remove("alg");
        claims.remove("kid");
        var payload =
                claims.entrySet().stream()
                        .filter(claim -> !claim.getValue().isEmpty())
                        .map(claim -> claim(claim.getKey(), claim.getValue()))
                        .collect(Collectors.joining(",", "{", "}"));
        var signed =
                encoded("{\"alg\":\"%s\",\"kid\":\"%s\"}".formatted(alg, kid))
                        + "."
                        + encoded(payload);
        return signed + "." + signature(alg, signed.getBytes(StandardCharsets.US_ASCII));
    }

    /// Dots lead to nested claims.
    private static String claim(String name, String value) {
        var dot = name.indexOf('.');
        if (dot > 0) {
            return "\"%s\":{%s}"
                    .formatted(name.substring(0, dot), claim(name.substring(dot + 1), value));
        }
        return switch (name) {
            case "exp", "nbf" ->
                    "\"%s\":%d"
                            .formatted(
                                    name,
                                    Clock.systemUTC().instant().getEpochSecond()
                                            + Long.parseLong(value));
            default -> "\"%s\":\"%s\"".formatted(name, value);
        };
    }

    private static String signature(String alg, byte[] signed) {
        try {
            return switch (alg) {
                case "none" -> "";
                // with the public key, which everybody has, as the secret
                case "HS256" -> {
                    var mac = Mac.getInstance("HmacSHA256");
                    mac.init(new SecretKeySpec(PAIR.getPublic().getEncoded(), "HmacSHA256"));
                    yield BASE64.encodeToString(mac.doFinal(signed));
                }
                default -> {
                    var signature = Signature.getInstance("SHA256withRSA");
                    signature.initSign(PAIR.getPrivate());
                    signature.update(signed);
                    yield BASE64.encodeToString(signature.sign());
                }
            };
        } catch (GeneralSecurityException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static String encoded(String text) {
        return BASE64.encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String number(BigInteger number) {
        var bytes = number.toByteArray();
        return BASE64.encodeToString(
                bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes);
    }

    private static KeyPair pair() {
        try {
            var generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException failure) {
            throw new IllegalStateException(failure);
        }
    }
}
