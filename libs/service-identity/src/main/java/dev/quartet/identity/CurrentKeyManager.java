package dev.quartet.identity;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/// Presents what is current when a handshake runs; before the first certificate it presents none.
/// The alias is the certificate's serial number, and a renewal may happen between choosing the alias and reading key
/// and chain: the previous pair stays readable under its own alias, so key and chain always match.
final class CurrentKeyManager extends X509ExtendedKeyManager {

    private record Pairs(@Nullable KeyMaterial current, @Nullable KeyMaterial previous) {}

    private final Supplier<@Nullable KeyMaterial> source;
    private volatile Pairs pairs = new Pairs(null, null);

    CurrentKeyManager(Supplier<@Nullable KeyMaterial> source) {
        this.source = source;
    }

    private @Nullable KeyMaterial latest() {
        var latest = source.get();
        var seen = pairs;
        if (latest != null && latest != seen.current) {
            pairs = new Pairs(latest, seen.current);
        }
        return latest;
    }

    private @Nullable String alias() {
        var latest = latest();
        return latest == null ? null : aliasOf(latest);
    }

    /// @param keyType a key's algorithm, `EC`; OpenSSL adds that of the signature, `EC_EC`
    private @Nullable String alias(String keyType) {
        var latest = latest();
        if (latest == null) {
            return null;
        }
        var algorithm = latest.key().getAlgorithm();
        var fits = keyType.equals(algorithm) || keyType.startsWith(algorithm + "_");
        return fits ? aliasOf(latest) : null;
    }

    private static String aliasOf(KeyMaterial material) {
        return material.leaf().getSerialNumber().toString(16);
    }

    private @Nullable KeyMaterial find(String alias) {
        var seen = pairs;
        if (seen.current != null && aliasOf(seen.current).equals(alias)) {
            return seen.current;
        }
        return seen.previous != null && aliasOf(seen.previous).equals(alias) ? seen.previous : null;
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        var alias = alias();
        return alias == null ? null : new String[] {alias};
    }

    @Override
    public @Nullable String chooseClientAlias(
            String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return alias();
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        return getClientAliases(keyType, issuers);
    }

    @Override
    public @Nullable String chooseServerAlias(
            String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return alias(keyType);
    }

    @Override
    public @Nullable String chooseEngineClientAlias(
            String[] keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return alias();
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
            String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return alias(keyType);
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
        var material = find(alias);
        return material == null ? null : material.chain().toArray(X509Certificate[]::new);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
        var material = find(alias);
        return material == null ? null : material.key();
    }
}
