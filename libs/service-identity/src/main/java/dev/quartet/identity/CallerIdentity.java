package dev.quartet.identity;

import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerTransportFilter;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/// Puts the SPIFFE id of the verified client certificate into the call's gRPC context.
/// A caller without a certificate, or with one without a SPIFFE id, has none: what then happens is for an
/// [AccessList] to say.
public final class CallerIdentity implements ServerInterceptor {

    private static final Context.Key<SpiffeId> CALLER = Context.key("quartet-caller");
    private static final Attributes.Key<SpiffeId> OF_CONNECTION =
            Attributes.Key.create("quartet-caller");

    /// The caller of the call that this thread works on.
    public static Optional<SpiffeId> current() {
        return Optional.ofNullable(CALLER.get());
    }

    /// The caller of `call`, whatever the order of interceptors.
    public static Optional<SpiffeId> of(ServerCall<?, ?> call) {
        return Optional.ofNullable(find(call.getAttributes()));
    }

    /// Reads the certificate once per connection instead of once per call.
    static ServerTransportFilter oncePerConnection() {
        return new ServerTransportFilter() {
            @Override
            public Attributes transportReady(Attributes transport) {
                var caller = find(transport);
                return caller == null
                        ? transport
                        : transport.toBuilder().set(OF_CONNECTION, caller).build();
            }
        };
    }

    private static @Nullable SpiffeId find(Attributes attributes) {
        var known = attributes.get(OF_CONNECTION);
        return known != null ? known : read(attributes.get(Grpc.TRANSPORT_ATTR_SSL_SESSION));
    }

    private static @Nullable SpiffeId read(@Nullable SSLSession session) {
        if (session == null) {
            return null;
        }
        try {
            return session.getPeerCertificates()[0] instanceof X509Certificate leaf
                    ? SpiffeId.of(leaf)
                    : null;
        } catch (SSLPeerUnverifiedException | IllegalArgumentException e) {
            return null;
        }
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        var caller = find(call.getAttributes());
        return caller == null
                ? next.startCall(call, headers)
                : Contexts.interceptCall(
                        Context.current().withValue(CALLER, caller), call, headers, next);
    }
}
