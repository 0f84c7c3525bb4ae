package dev.quartet.citadel.kube;

import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.quartet.citadel.authenticate.Authentication;
import dev.quartet.citadel.authenticate.Authentication.Failed;
import dev.quartet.citadel.authenticate.Authentication.Proved;
import dev.quartet.citadel.authenticate.Authentication.Unavailable;
import dev.quartet.citadel.authenticate.Caller;
import dev.quartet.citadel.authenticate.ForeignTokens;
import dev.quartet.citadel.metrics.CitadelMetrics;
import dev.quartet.citadel.token.TokenAuthority;
import dev.quartet.identity.SpiffeId;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewStatus;
import io.fabric8.kubernetes.api.model.authentication.UserInfo;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Judges service-account tokens by asking the apiserver: TokenReview with audience `istio-ca`, as Istio 1.4
/// (`security/pkg/k8s/tokenreview`). What a token says itself is believed only after that, and used before only to
/// refuse what no review could accept. A success is remembered for a short while by the token's hash, a refusal never.
/// While the apiserver is away or slow nobody new gets in. Thread-safe; blocks for the apiserver.
public final class TokenReviews implements ForeignTokens {

    private static final String SERVICE_ACCOUNT = "system:serviceaccount:";
    private static final String POD_NAME = "authentication.kubernetes.io/pod-name";
    private static final String AWAY = "TOKEN_REVIEW_UNAVAILABLE";
    private static final int MAX_AT_ONCE = 64;
    private static final int MAX_REMEMBERED = 20_000;

    private record Remembered(Proved proved, Instant until) {}

    private final KubernetesClient client;
    private final String trustDomain;
    private final Duration memory;
    private final CitadelMetrics metrics;
    private final Clock clock;
    private final Map<String, Remembered> remembered = new ConcurrentHashMap<>();
    private final Semaphore free = new Semaphore(MAX_AT_ONCE);

    /// @param memory how long a success counts without asking again
    public TokenReviews(
            KubernetesClient client,
            String trustDomain,
            Duration memory,
            CitadelMetrics metrics,
            Clock clock) {
        this.client = Impatient.client(client);
        this.trustDomain = trustDomain;
        this.memory = memory;
        this.metrics = metrics;
        this.clock = clock;
    }

    @Override
    public Authentication judge(String token) {
        var now = clock.instant();
        var key = hash(token);
        var known = remembered.get(key);
        if (known != null && now.isBefore(known.until())) {
            metrics.tokenReviewed("remembered");
            return known.proved();
        }
        var judged = judge(token, now);
        switch (judged) {
            case Proved proved -> {
                metrics.tokenReviewed("accepted");
                remember(key, proved, now);
            }
            case Failed(var reason, var _) -> {
                metrics.tokenReviewed("refused");
                if (reason.equals("TOKEN_SUBJECT")) {
                    metrics.identityNotExtracted();
                }
            }
            case Unavailable _ -> metrics.tokenReviewed("unavailable");
        }
        return judged;
    }

    private Authentication judge(String token, Instant now) {
        JWTClaimsSet claims;
        try {
            claims = SignedJWT.parse(token).getJWTClaimsSet();
        } catch (ParseException | IllegalArgumentException _) {
            return new Failed("TOKEN_MALFORMED", "this is not a signed JWT");
        }
        var expires = claims.getExpirationTime();
        if (!claims.getAudience().contains(TokenAuthority.AUDIENCE)) {
            return new Failed(
                    "TOKEN_AUDIENCE", "the token is not for audience " + TokenAuthority.AUDIENCE);
        }
        if (expires == null) {
            return new Failed("TOKEN_WITHOUT_EXPIRY", "a token says when it expires");
        }
        if (!now.isBefore(expires.toInstant())) {
            return new Failed("TOKEN_EXPIRED", "the token expired at " + expires.toInstant());
        }
        return review(token, expires.toInstant());
    }

    private Authentication review(String token, Instant expires) {
        try {
            if (!free.tryAcquire(Impatient.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                return new Unavailable(AWAY, "too many tokens wait for the apiserver; try again");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Unavailable(AWAY, "Citadel is being stopped");
        }
        try {
            var review =
                    new TokenReviewBuilder()
                            .withNewSpec()
                            .withToken(token)
                            .withAudiences(TokenAuthority.AUDIENCE)
                            .endSpec()
                            .build();
            return judge(client.resource(review).create().getStatus(), expires);
        } catch (KubernetesClientException e) {
            return new Unavailable(
                    AWAY, "the apiserver can't be asked about the token now; try again");
        } finally {
            free.release();
        }
    }

    private Authentication judge(@Nullable TokenReviewStatus status, Instant expires) {
        if (status == null || !Boolean.TRUE.equals(status.getAuthenticated())) {
            var error = status == null || status.getError() == null ? "" : status.getError();
            return new Failed(
                    "TOKEN_REVIEW",
                    "the apiserver does not accept the token"
                            + (error.isEmpty() ? "" : ": " + printable(error)));
        }
        // an apiserver that knows no audiences answers without them
        if (status.getAudiences() == null
                || !status.getAudiences().contains(TokenAuthority.AUDIENCE)) {
            return new Failed(
                    "TOKEN_AUDIENCE", "the token is not for audience " + TokenAuthority.AUDIENCE);
        }
        var user = status.getUser();
        var name = user == null || user.getUsername() == null ? "" : user.getUsername();
        if (!name.startsWith(SERVICE_ACCOUNT)) {
            return new Failed("TOKEN_SUBJECT", "the token is not one of a service account");
        }
        try {
            var account = name.substring(SERVICE_ACCOUNT.length()).replace(':', '/');
            return new Proved(
                    new Caller(
                            SpiffeId.ofAccount(trustDomain, account),
                            Caller.Proof.KUBERNETES_TOKEN,
                            expires,
                            pod(user)));
        } catch (IllegalArgumentException e) {
            return new Failed("TOKEN_SUBJECT", String.valueOf(e.getMessage()));
        }
    }

    private static @Nullable String pod(UserInfo user) {
        var extra = user.getExtra();
        var names = extra == null ? null : extra.get(POD_NAME);
        return names == null ? null : List.copyOf(names).stream().findFirst().orElse(null);
    }

    private void remember(String key, Proved proved, Instant now) {
        if (remembered.size() >= MAX_REMEMBERED) {
            remembered.values().removeIf(entry -> !now.isBefore(entry.until()));
        }
        if (remembered.size() < MAX_REMEMBERED) {
            var until = now.plus(memory);
            var end = proved.caller().validUntil();
            remembered.put(key, new Remembered(proved, until.isBefore(end) ? until : end));
        }
    }

    private static String hash(String token) {
        try {
            return HexFormat.of()
                    .formatHex(
                            MessageDigest.getInstance("SHA-256")
                                    .digest(token.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static String printable(String text) {
        return (text.length() > 200 ? text.substring(0, 200) + "…" : text)
                .replaceAll("\\p{Cntrl}", "?");
    }
}
