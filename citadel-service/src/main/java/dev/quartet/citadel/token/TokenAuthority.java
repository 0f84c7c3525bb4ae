package dev.quartet.citadel.token;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.quartet.citadel.keep.KeptSecret;
import dev.quartet.citadel.keep.SecretFile;
import dev.quartet.citadel.token.TokenVerdict.Accepted;
import dev.quartet.citadel.token.TokenVerdict.Reason;
import dev.quartet.citadel.token.TokenVerdict.Refused;
import dev.quartet.identity.JoinToken;
import dev.quartet.identity.SpiffeId;
import java.io.IOException;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.util.Date;
import java.util.UUID;

/// Signs and judges tokens: JWT (RFC 7519), ES256, by a key of their own beside the root's, audience `istio-ca` as in
/// Istio 1.4, subject the SPIFFE id. Expiry is exact; a clock that lags by up to a minute may have signed.
/// Immutable and thread-safe; the key never leaves this class.
public final class TokenAuthority {

    public static final String AUDIENCE = "istio-ca";
    private static final String FILE = "token-key.jwk";
    private static final int MAX_TOKEN_LENGTH = 8 * 1024;
    private static final Duration SKEW = Duration.ofMinutes(1);

    private final ECKey key;
    private final JWSSigner signer;
    private final JWSVerifier verifier;
    private final String issuer;
    private final String trustDomain;
    private final Clock clock;

    private TokenAuthority(ECKey key, String trustDomain, Clock clock) throws JOSEException {
        this.key = key;
        this.signer = new ECDSASigner(key);
        this.verifier = new ECDSAVerifier(key.toPublicJWK());
        this.issuer = SpiffeId.citadel(trustDomain).uri();
        this.trustDomain = trustDomain;
        this.clock = clock;
    }

    /// Loads the key from `stateDir`, or makes folder and key (of several processes at once, one makes it).
    ///
    /// @throws IOException when the file can be read by others or holds no such key
    public static TokenAuthority loadOrCreate(Path stateDir, String trustDomain, Clock clock)
            throws IOException {
        return loadOrCreate(new SecretFile(stateDir.resolve(FILE)), trustDomain, clock);
    }

    /// Loads the key from `kept`, or makes it.
    ///
    /// @throws IOException when `kept` can't be used or holds no such key
    public static TokenAuthority loadOrCreate(KeptSecret kept, String trustDomain, Clock clock)
            throws IOException {
        try {
            var key = ECKey.parse(kept.loadOrCreate(TokenAuthority::newKey));
            if (!key.isPrivate() || !Curve.P_256.equals(key.getCurve()) || key.getKeyID() == null) {
                throw new IOException("%s is not a private P-256 key with an id".formatted(kept));
            }
            return new TokenAuthority(key, trustDomain, clock);
        } catch (JOSEException | ParseException e) {
            throw new IOException(
                    "%s holds no usable key: %s; delete it for a new one, then make new tokens"
                            .formatted(kept, reason(e)),
                    e);
        }
    }

    private static String newKey() {
        try {
            return new ECKeyGenerator(Curve.P_256)
                    .keyIDFromThumbprint(true)
                    .generate()
                    .toJSONString();
        } catch (JOSEException e) {
            throw new IllegalStateException("this JDK has no P-256 keys", e);
        }
    }

    /// A parser's message may quote what it read.
    private static String reason(Exception e) {
        return e instanceof ParseException
                ? "it is not a key in JSON"
                : String.valueOf(e.getMessage());
    }

    /// A token for `subject`.
    ///
    /// @throws IllegalArgumentException when `life` is not positive or `subject` is of another trust domain
    public JoinToken mint(SpiffeId subject, Duration life) {
        if (life.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException("a token lives at least one second");
        }
        if (!subject.trustDomain().equals(trustDomain)) {
            throw new IllegalArgumentException(
                    "%s is not of this mesh's trust domain %s".formatted(subject, trustDomain));
        }
        var now = clock.instant();
        var claims =
                new JWTClaimsSet.Builder()
                        .issuer(issuer)
                        .subject(subject.uri())
                        .audience(AUDIENCE)
                        .issueTime(Date.from(now))
                        .expirationTime(Date.from(now.plus(life)))
                        .jwtID(UUID.randomUUID().toString())
                        .build();
        var header =
                new JWSHeader.Builder(JWSAlgorithm.ES256)
                        .type(JOSEObjectType.JWT)
                        .keyID(key.getKeyID())
                        .build();
        try {
            var token = new SignedJWT(header, claims);
            token.sign(signer);
            return new JoinToken(token.serialize());
        } catch (JOSEException e) {
            throw new IllegalStateException("a token can't be signed", e);
        }
    }

    /// What `token` proves now.
    public TokenVerdict verify(String token) {
        var judged = judge(token);
        if (judged instanceof Accepted accepted
                && !clock.instant().isBefore(accepted.expiresAt())) {
            return new Refused(
                    Reason.TOKEN_EXPIRED, "the token expired at " + accepted.expiresAt());
        }
        return judged;
    }

    /// As [#verify(String)], but a token that has expired is accepted: it still says whose it was.
    TokenVerdict judge(String token) {
        if (token.length() > MAX_TOKEN_LENGTH) {
            return new Refused(
                    Reason.TOKEN_TOO_LONG,
                    "a token has at most %d characters".formatted(MAX_TOKEN_LENGTH));
        }
        SignedJWT parsed;
        JWTClaimsSet claims;
        try {
            parsed = SignedJWT.parse(token);
            if (!JWSAlgorithm.ES256.equals(parsed.getHeader().getAlgorithm())) {
                return new Refused(Reason.TOKEN_ALGORITHM, "a token is signed by ES256");
            }
            if (!key.getKeyID().equals(parsed.getHeader().getKeyID())) {
                return new Refused(
                        Reason.TOKEN_UNKNOWN_KEY, "the token was not signed by this Citadel's key");
            }
            if (!parsed.verify(verifier)) {
                return new Refused(Reason.TOKEN_SIGNATURE, "the token's signature does not hold");
            }
            claims = parsed.getJWTClaimsSet();
        } catch (ParseException | IllegalArgumentException e) {
            return new Refused(Reason.TOKEN_MALFORMED, "this is not a signed JWT");
        } catch (JOSEException e) {
            return new Refused(Reason.TOKEN_SIGNATURE, "the token's signature can't be checked");
        }
        return judge(claims);
    }

    private TokenVerdict judge(JWTClaimsSet claims) {
        var issued = claims.getIssueTime();
        var expires = claims.getExpirationTime();
        if (!issuer.equals(claims.getIssuer())) {
            return new Refused(Reason.TOKEN_ISSUER, "the token's issuer is not " + issuer);
        }
        if (!claims.getAudience().contains(AUDIENCE)) {
            return new Refused(Reason.TOKEN_AUDIENCE, "the token is not for audience " + AUDIENCE);
        }
        if (expires == null || issued == null) {
            return new Refused(
                    Reason.TOKEN_WITHOUT_EXPIRY,
                    "a token says when it was issued and when it expires");
        }
        if (issued.toInstant().isAfter(clock.instant().plus(SKEW))) {
            return new Refused(
                    Reason.TOKEN_NOT_YET_VALID,
                    "the token is from the future; are the clocks set?");
        }
        try {
            var subject = SpiffeId.parse(claims.getSubject() == null ? "" : claims.getSubject());
            if (!subject.trustDomain().equals(trustDomain)) {
                return new Refused(
                        Reason.TOKEN_SUBJECT,
                        "the token is of trust domain " + subject.trustDomain());
            }
            return new Accepted(subject, issued.toInstant(), expires.toInstant());
        } catch (IllegalArgumentException e) {
            return new Refused(Reason.TOKEN_SUBJECT, String.valueOf(e.getMessage()));
        }
    }
}
