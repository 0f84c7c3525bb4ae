package dev.quartet.imports.ingress;

import dev.quartet.config.Kind;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.networking.Gateway;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;

/// The names of what is made, as Istio 1.4 has them where they can be names: a `*` becomes `any`, what is too long is cut and
/// what would have one name with another gets a hash. One use; not thread-safe.
final class IngressNames {
    /// Of the names of all resources that an Ingress is translated to.
    private static final String ENDING = Gateway.OF_INGRESS;

    private static final int MOST_OF_GATEWAY = 63;
    private static final int MOST = 253;
    private static final int HASH_DIGITS = 8;

    private final Set<ResourceKey> taken = new HashSet<>();

    static ResourceKey gateway(ReadIngress ingress) {
        // a Gateway's name has no dots
        return new ResourceKey(
                Kind.GATEWAY,
                ingress.namespace(),
                name(ingress.name().replace('.', '-'), ingress.name(), MOST_OF_GATEWAY));
    }

    /// @param ingress the first of those that have the host
    ResourceKey virtualService(String host, ReadIngress ingress) {
        var spoken = host.replace("*", "any").replace('.', '-') + "-" + ingress.name();
        var key = key(ingress, name(spoken, spoken, MOST));
        if (!taken.add(key)) {
            var told = spoken + "-" + hash(host);
            key = key(ingress, name(told, told, MOST));
            taken.add(key);
        }
        return key;
    }

    private static ResourceKey key(ReadIngress ingress, String name) {
        return new ResourceKey(Kind.VIRTUAL_SERVICE, ingress.namespace(), name);
    }

    /// @param whole is told apart from others by its hash when `spoken` does not say all of it
    private static String name(String spoken, String whole, int most) {
        var room = most - ENDING.length();
        if (spoken.equals(whole) && spoken.length() <= room) {
            return spoken + ENDING;
        }
        var kept = room - HASH_DIGITS - 1;
        var cut = spoken.length() <= kept ? spoken : spoken.substring(0, kept);
        while (cut.endsWith("-") || cut.endsWith(".")) {
            cut = cut.substring(0, cut.length() - 1);
        }
        return cut + "-" + hash(whole) + ENDING;
    }

    private static String hash(String text) {
        try {
            var digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest).substring(0, HASH_DIGITS);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
