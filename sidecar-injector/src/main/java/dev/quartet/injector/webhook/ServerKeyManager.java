package dev.quartet.injector.webhook;

import dev.quartet.identity.KeyMaterial;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/// Presents what [ServingKeys] has when a handshake runs. The alias is the certificate's serial number; the pair seen before stays readable, so key and chain of one handshake always match.
final class ServerKeyManager extends X509ExtendedKeyManager {
    private final ServingKeys keys;
    private volatile Pairs pairs = new Pairs(null, null);

    private record Pairs(@Nullable KeyMaterial current, @Nullable KeyMaterial previous) {}

    ServerKeyManager(ServingKeys keys) {
        this.keys = keys;
    }

    private @Nullable String alias(String keyType) {
        KeyMaterial latest = keys.current();
        Pairs seen = pairs;
        if (latest != null && latest != seen.current()) {
            pairs = new Pairs(latest, seen.current());
        }
        return latest != null && latest.key().getAlgorithm().startsWith(keyType)
                ? aliasOf(latest)
                : null;
    }

    private @Nullable KeyMaterial find(String alias) {
        Pairs seen = pairs;
        KeyMaterial current = seen.current();
        if (current != null && aliasOf(current).equals(alias)) {
            return current;
        }
        KeyMaterial previous = seen.previous();
        return previous != null && aliasOf(previous).equals(alias) ? previous : null;
    }

    private static String aliasOf(KeyMaterial material) {
        return material.leaf().getSerialNumber().toString(16);
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
            String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return alias(keyType);
    }

    @Override
    public @Nullable String chooseServerAlias(
            String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return alias(keyType);
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        String alias = alias(keyType);
        return alias == null ? null : new String[] {alias};
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
        KeyMaterial material = find(alias);
        return material == null ? null : material.chain().toArray(X509Certificate[]::new);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
        KeyMaterial material = find(alias);
        return material == null ? null : material.key();
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return null;
    }

    @Override
    public @Nullable String chooseClientAlias(
            String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return null;
    }
}
