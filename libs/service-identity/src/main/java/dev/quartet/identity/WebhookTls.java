package dev.quartet.identity;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// TLS for a door whose callers are not of the mesh, as kube-apiserver is at a webhook: no client certificate is asked
/// for, and what the server shows is read at each handshake, so that a renewal needs no restart. While there is nothing
/// valid to show, handshakes fail. Thread-safe.
public final class WebhookTls {
    private final Supplier<@Nullable KeyMaterial> keys;
    private final SSLContext context;

    private WebhookTls(Supplier<@Nullable KeyMaterial> keys) {
        this.keys = keys;
        try {
            this.context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {new CurrentKeyManager(keys)}, null, null);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has TLS", e);
        }
    }

    /// Shows the service's own certificate, as Citadel renews it.
    public static WebhookTls of(ServiceIdentity identity) {
        return new WebhookTls(identity::usable);
    }

    /// Shows what an operator's files hold, as somebody renews them.
    public static WebhookTls of(KeyFiles files) {
        return new WebhookTls(files::current);
    }

    /// For a server; TLS 1.3, and 1.2 for clients that have nothing better, as the JDK has it.
    public SSLContext context() {
        return context;
    }

    /// What the next handshake shows.
    public Optional<X509Certificate> certificate() {
        return Optional.ofNullable(keys.get()).map(KeyMaterial::leaf);
    }
}
