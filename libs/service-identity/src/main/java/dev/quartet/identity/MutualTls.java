package dev.quartet.identity;

import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.OpenSslSessionContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// TLS contexts whose certificate and roots are read at each handshake, so that a renewal needs no restart.
/// Handshakes by BoringSSL where it is there, else by the JDK. Sessions are not resumed: each connection proves the
/// identity of today. Thread-safe.
public final class MutualTls {

    private final Supplier<@Nullable KeyMaterial> own;
    private final Supplier<List<X509Certificate>> roots;
    private final Clock clock;
    private final Map<SpiffeId, SslContext> clients = new ConcurrentHashMap<>();

    public MutualTls(
            Supplier<@Nullable KeyMaterial> own,
            Supplier<List<X509Certificate>> roots,
            Clock clock) {
        this.own = own;
        this.roots = roots;
        this.clock = clock;
    }

    /// For a server; TLS 1.3, and 1.2 for clients that have nothing better.
    public SslContext server(ClientAuth clientAuth) {
        var builder =
                SslContextBuilder.forServer(new CurrentKeyManager(own))
                        .trustManager(
                                new PeerTrustManager(roots, clock, any -> true, "any workload"))
                        .clientAuth(clientAuth)
                        .protocols("TLSv1.3", "TLSv1.2");
        return build(GrpcSslContexts.configure(builder));
    }

    /// For a client that speaks to `expectedServer` and nobody else, over TLS 1.3.
    public SslContext client(SpiffeId expectedServer) {
        return clients.computeIfAbsent(
                expectedServer,
                server ->
                        build(
                                GrpcSslContexts.configure(
                                        SslContextBuilder.forClient()
                                                .keyManager(new CurrentKeyManager(own))
                                                .trustManager(
                                                        new PeerTrustManager(
                                                                roots,
                                                                clock,
                                                                server::equals,
                                                                server.uri()))
                                                .protocols("TLSv1.3"))));
    }

    private static SslContext build(SslContextBuilder builder) {
        try {
            var context = builder.build();
            if (context.sessionContext() instanceof OpenSslSessionContext sessions) {
                sessions.setSessionCacheEnabled(false);
            }
            return context;
        } catch (SSLException e) {
            throw new IllegalStateException("no TLS context can be made", e);
        }
    }
}
