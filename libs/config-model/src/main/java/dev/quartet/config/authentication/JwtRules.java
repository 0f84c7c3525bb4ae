package dev.quartet.config.authentication;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.check.Problems;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is right about tokens, in Istio 1.4's policies and in RequestAuthentications. After Istio 1.4, `validation.go` `validateJwt`.
public final class JwtRules {
    private JwtRules() {}

    public static void audiences(List<String> audiences, FieldPath path, Problems problems) {
        for (int i = 0; i < audiences.size(); i++) {
            if (audiences.get(i).isEmpty()) {
                problems.invalid(path.index(i), "the audience is empty", "write its name");
            }
        }
    }

    /// Names of headers or parameters where tokens are looked for.
    public static void places(List<String> names, FieldPath path, Problems problems) {
        for (int i = 0; i < names.size(); i++) {
            if (names.get(i).isEmpty()) {
                problems.invalid(path.index(i), "the name is empty", "write it, or take it out");
            }
        }
    }

    public static void issuer(String issuer, FieldPath path, Problems problems) {
        if (issuer.isEmpty()) {
            problems.invalid(
                    path,
                    "without a name any issuer would do",
                    "write what its tokens have as iss");
        }
    }

    /// @param path of what has both fields
    public static void keys(
            @Nullable String uri, @Nullable String keys, FieldPath path, Problems problems) {
        if (uri != null && !uri.isEmpty()) {
            if (!isWebAddress(uri)) {
                problems.invalid(
                        path.field("jwksUri"),
                        quoted(uri) + " is no address of the issuer's keys",
                        "write https://host/path");
            }
        } else if (keys == null || keys.isEmpty()) {
            problems.missing(
                    path,
                    "nothing says where the issuer's keys are, and Pilot asks no issuer for it (OpenID discovery)",
                    "write jwksUri, or jwks with the keys themselves");
        }
    }

    private static boolean isWebAddress(String text) {
        try {
            var uri = new URI(text);
            return ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()))
                    && uri.getHost() != null
                    && uri.getUserInfo() == null
                    && uri.getPort() <= 65535;
        } catch (URISyntaxException e) {
            return false;
        }
    }
}
