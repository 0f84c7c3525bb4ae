package dev.quartet.identity.testing;

import dev.quartet.identity.CallerIdentity;
import dev.quartet.identity.Pem;
import dev.quartet.identity.SpiffeId;
import dev.quartet.wire.ca.IstioCertificateRequest;
import dev.quartet.wire.ca.IstioCertificateResponse;
import dev.quartet.wire.ca.IstioCertificateServiceGrpc;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/// Answers CreateCertificate over real TLS for whoever has the one token or a certificate. The real Citadel is a
/// service of its own; this is what modules below it test against.
public final class TestCitadel implements AutoCloseable {

    public static final String TOKEN = "first-credential";

    private static final Context.Key<String> HOW = Context.key("how");
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    private final Server server;
    private final int port;
    private final List<String> credentials = new CopyOnWriteArrayList<>();
    private volatile Duration life = Duration.ofHours(1);

    public TestCitadel(TestAuthority authority, SpiffeId tokenBearer, int port) throws IOException {
        var tls = authority.identity(SpiffeId.citadel(tokenBearer.trustDomain())).tls();
        this.server =
                NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", port))
                        .sslContext(tls.server(ClientAuth.OPTIONAL))
                        .addService(new Signing(authority, tokenBearer))
                        .intercept(new Credentials())
                        .intercept(new CallerIdentity())
                        .build()
                        .start();
        this.port = server.getPort();
    }

    public int port() {
        return port;
    }

    public String address() {
        return "127.0.0.1:" + port;
    }

    public void issueFor(Duration newLife) {
        life = newLife;
    }

    /// What callers showed so far, `token` or `certificate`, in order.
    public List<String> credentials() {
        return List.copyOf(credentials);
    }

    @Override
    public void close() {
        server.shutdownNow();
    }

    private final class Signing
            extends IstioCertificateServiceGrpc.IstioCertificateServiceImplBase {
        private final TestAuthority authority;
        private final SpiffeId tokenBearer;

        private Signing(TestAuthority authority, SpiffeId tokenBearer) {
            this.authority = authority;
            this.tokenBearer = tokenBearer;
        }

        @Override
        public void createCertificate(
                IstioCertificateRequest request, StreamObserver<IstioCertificateResponse> answer) {
            credentials.add(HOW.get());
            try {
                var csr =
                        new JcaPKCS10CertificationRequest(
                                Pem.blocks("CERTIFICATE REQUEST", request.getCsr()).getFirst());
                var caller = CallerIdentity.current().orElse(tokenBearer);
                answer.onNext(
                        IstioCertificateResponse.newBuilder()
                                .addCertChain(
                                        Pem.encode(
                                                authority.sign(caller, csr.getPublicKey(), life)))
                                .addCertChain(Pem.encode(authority.root()))
                                .build());
                answer.onCompleted();
            } catch (IOException | GeneralSecurityException e) {
                answer.onError(Status.INVALID_ARGUMENT.withCause(e).asException());
            }
        }
    }

    private static final class Credentials implements ServerInterceptor {
        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            var byCertificate = CallerIdentity.of(call).isPresent();
            if (!byCertificate && !("Bearer " + TOKEN).equals(headers.get(AUTHORIZATION))) {
                call.close(Status.UNAUTHENTICATED.withDescription("no token"), new Metadata());
                return new ServerCall.Listener<>() {};
            }
            return Contexts.interceptCall(
                    Context.current().withValue(HOW, byCertificate ? "certificate" : "token"),
                    call,
                    headers,
                    next);
        }
    }
}
