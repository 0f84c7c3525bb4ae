package dev.quartet.citadel.authenticate;

import dev.quartet.admin.LogLimit;
import dev.quartet.citadel.authenticate.Authentication.Failed;
import dev.quartet.citadel.authenticate.Authentication.Proved;
import dev.quartet.citadel.authenticate.Authentication.Unavailable;
import dev.quartet.citadel.metrics.CitadelMetrics;
import dev.quartet.citadel.token.TokenAuthority;
import dev.quartet.citadel.token.TokenVerdict;
import dev.quartet.identity.SpiffeId;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Proves each call's caller: by the client certificate of its connection (the handshake has verified the chain; whether
/// it is still valid is asked at each call), else by one bearer token: Citadel's own, then (where there is one) another issuer's.
/// A call without proof ends UNAUTHENTICATED on its headers, so nobody unknown makes Citadel read a message; one whose
/// proof can't be judged now ends UNAVAILABLE there.
public final class Authenticator implements ServerInterceptor {

    private static final Logger LOGGER = LoggerFactory.getLogger(Authenticator.class);
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final String BEARER = "bearer ";

    private final TokenAuthority tokens;
    private final @Nullable ForeignTokens others;
    private final CitadelMetrics metrics;
    private final Clock clock;
    private final LogLimit logLimit = new LogLimit();

    /// @param others asked for tokens that `tokens` did not sign; null: there are none
    public Authenticator(
            TokenAuthority tokens,
            @Nullable ForeignTokens others,
            CitadelMetrics metrics,
            Clock clock) {
        this.tokens = tokens;
        this.others = others;
        this.metrics = metrics;
        this.clock = clock;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        return switch (authenticate(call, headers)) {
            case Proved(var caller) ->
                    Contexts.interceptCall(
                            Context.current().withValue(Caller.KEY, caller), call, headers, next);
            case Failed(var reason, var detail) ->
                    end(call, Status.UNAUTHENTICATED, reason, detail);
            case Unavailable(var reason, var detail) ->
                    end(call, Status.UNAVAILABLE, reason, detail);
        };
    }

    private <Q, A> ServerCall.Listener<Q> end(
            ServerCall<Q, A> call, Status status, String reason, String detail) {
        metrics.authenticationFailed(reason);
        if (logLimit.due()) {
            LOGGER.atWarn()
                    .addKeyValue("type", call.getMethodDescriptor().getFullMethodName())
                    .addKeyValue("proxy", call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR))
                    .addKeyValue("reason", reason)
                    .addKeyValue("error", detail)
                    .log("Caller not authenticated");
        }
        call.close(status.withDescription(reason + ": " + detail), new Metadata());
        return new ServerCall.Listener<>() {};
    }

    private Authentication authenticate(ServerCall<?, ?> call, Metadata headers) {
        var certificate = clientCertificate(call);
        return certificate == null ? byToken(headers) : byCertificate(certificate);
    }

    private static @Nullable X509Certificate clientCertificate(ServerCall<?, ?> call) {
        var session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
        if (session == null) {
            return null;
        }
        try {
            return session.getPeerCertificates()[0] instanceof X509Certificate leaf ? leaf : null;
        } catch (SSLPeerUnverifiedException e) {
            return null; // the client showed none
        }
    }

    private Authentication byCertificate(X509Certificate certificate) {
        var validUntil = certificate.getNotAfter().toInstant();
        if (!clock.instant().isBefore(validUntil)) {
            return new Failed(
                    "CERTIFICATE_EXPIRED", "the client certificate expired at " + validUntil);
        }
        try {
            return new Proved(
                    new Caller(SpiffeId.of(certificate), Caller.Proof.CERTIFICATE, validUntil));
        } catch (IllegalArgumentException e) {
            metrics.identityNotExtracted();
            return new Failed("CERTIFICATE_IDENTITY", String.valueOf(e.getMessage()));
        }
    }

    private Authentication byToken(Metadata headers) {
        var values = new ArrayList<String>();
        var sent = headers.getAll(AUTHORIZATION);
        (sent == null ? List.<String>of() : sent).forEach(values::add);
        if (values.isEmpty()) {
            return new Failed(
                    "NO_CREDENTIALS", "show a client certificate of this mesh or a bearer token");
        }
        if (values.size() > 1) {
            return new Failed("SEVERAL_CREDENTIALS", "send one authorization header");
        }
        var value = values.getFirst().strip();
        if (!value.toLowerCase(Locale.ROOT).startsWith(BEARER)) {
            return new Failed(
                    "NOT_BEARER", "the authorization header has the form: Bearer <token>");
        }
        return byToken(value.substring(BEARER.length()).strip());
    }

    private Authentication byToken(String token) {
        return switch (tokens.verify(token)) {
            case TokenVerdict.Accepted accepted ->
                    new Proved(
                            new Caller(
                                    accepted.subject(), Caller.Proof.TOKEN, accepted.expiresAt()));
            case TokenVerdict.Refused(var reason, var _)
                    when others != null && reason.isForeign() ->
                    others.judge(token);
            case TokenVerdict.Refused(var reason, var detail) -> {
                if (reason == TokenVerdict.Reason.TOKEN_SUBJECT) {
                    metrics.identityNotExtracted();
                }
                yield new Failed(reason.name(), detail);
            }
        };
    }
}
