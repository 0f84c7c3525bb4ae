package dev.quartet.citadel.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import dev.quartet.citadel.token.TokenVerdict.Accepted;
import dev.quartet.citadel.token.TokenVerdict.Reason;
import dev.quartet.citadel.token.TokenVerdict.Refused;
import dev.quartet.identity.PrivateFiles;
import dev.quartet.identity.SpiffeId;
import dev.quartet.identity.testing.SettableClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Date;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenAuthorityTest {

    private static final SpiffeId STOREFRONT = new SpiffeId("cluster.local", "shop", "storefront");

    @TempDir Path folder;
    private final SettableClock clock = new SettableClock();
    private TokenAuthority tokens;
    private ECKey key;

    @BeforeEach
    void makeTokens() throws Exception {
        tokens = TokenAuthority.loadOrCreate(folder, "cluster.local", clock);
        key = ECKey.parse(Files.readString(folder.resolve("token-key.jwk")));
    }

    private JWTClaimsSet.Builder claims() {
        return new JWTClaimsSet.Builder()
                .issuer(SpiffeId.citadel("cluster.local").uri())
                .subject(STOREFRONT.uri())
                .audience("istio-ca")
                .issueTime(Date.from(clock.instant()))
                .expirationTime(Date.from(clock.instant().plusSeconds(60)));
    }

    private String signed(JWTClaimsSet.Builder claims) throws Exception {
        var jwt =
                new SignedJWT(
                        new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(key.getKeyID()).build(),
                        claims.build());
        jwt.sign(new ECDSASigner(key));
        return jwt.serialize();
    }

    private @Nullable Reason reason(String token) {
        return tokens.verify(token) instanceof Refused refused ? refused.reason() : null;
    }

    @Test
    void aTokenProvesItsSubjectUntilItExpires() {
        var token = tokens.mint(STOREFRONT, Duration.ofSeconds(60)).value();

        assertThat(tokens.verify(token))
                .isInstanceOfSatisfying(
                        Accepted.class,
                        accepted -> {
                            assertThat(accepted.subject()).isEqualTo(STOREFRONT);
                            assertThat(accepted.life()).isEqualTo(Duration.ofSeconds(60));
                        });

        clock.advance(Duration.ofSeconds(61));
        assertThat(reason(token)).isEqualTo(Reason.TOKEN_EXPIRED);
    }

    @Test
    void keyIsKeptPrivateAndReused() throws Exception {
        var token = tokens.mint(STOREFRONT, Duration.ofDays(1)).value();

        assertThat(TokenAuthority.loadOrCreate(folder, "cluster.local", clock).verify(token))
                .isInstanceOf(Accepted.class);
        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(folder.resolve("token-key.jwk"))))
                .isEqualTo("rw-------");
    }

    @Test
    void refusesTheWellKnownForgeries() throws Exception {
        var publicKey = key.toPublicJWK().toJSONString().getBytes(StandardCharsets.UTF_8);
        var hs256 =
                new SignedJWT(
                        new JWSHeader.Builder(JWSAlgorithm.HS256).keyID(key.getKeyID()).build(),
                        claims().build());
        hs256.sign(new MACSigner(publicKey));
        var other = TokenAuthority.loadOrCreate(folder.resolve("other"), "cluster.local", clock);
        var parts = signed(claims()).split("\\.");
        var changed =
                signed(claims().subject("spiffe://cluster.local/ns/shop/sa/ratings")).split("\\.");

        assertThat(reason(new PlainJWT(claims().build()).serialize()))
                .isEqualTo(Reason.TOKEN_MALFORMED);
        assertThat(reason(hs256.serialize())).isEqualTo(Reason.TOKEN_ALGORITHM);
        assertThat(reason(other.mint(STOREFRONT, Duration.ofDays(1)).value()))
                .isEqualTo(Reason.TOKEN_UNKNOWN_KEY);
        assertThat(reason(parts[0] + "." + changed[1] + "." + parts[2]))
                .isEqualTo(Reason.TOKEN_SIGNATURE);
        assertThat(reason(parts[0] + "." + parts[1] + "."))
                .isIn(Reason.TOKEN_MALFORMED, Reason.TOKEN_SIGNATURE);
        assertThat(reason("x".repeat(1_000_000))).isEqualTo(Reason.TOKEN_TOO_LONG);
        assertThat(reason("")).isEqualTo(Reason.TOKEN_MALFORMED);
    }

    @Test
    void refusesClaimsThatDoNotHold() throws Exception {
        assertThat(reason(signed(claims().audience("other")))).isEqualTo(Reason.TOKEN_AUDIENCE);
        assertThat(reason(signed(claims().issuer("somebody")))).isEqualTo(Reason.TOKEN_ISSUER);
        assertThat(reason(signed(claims().expirationTime(null))))
                .isEqualTo(Reason.TOKEN_WITHOUT_EXPIRY);
        assertThat(reason(signed(claims().subject(null)))).isEqualTo(Reason.TOKEN_SUBJECT);
        assertThat(reason(signed(claims().subject("spiffe://other/ns/a/sa/b"))))
                .isEqualTo(Reason.TOKEN_SUBJECT);
        assertThat(reason(signed(claims().issueTime(Date.from(clock.instant().plusSeconds(120))))))
                .isEqualTo(Reason.TOKEN_NOT_YET_VALID);
        assertThat(reason(signed(claims()))).isNull();
    }

    @Test
    void noInputCrashesTheVerifier() throws Exception {
        var random = new Random(7);
        var good = signed(claims());
        for (var i = 0; i < 2000; i++) {
            var text = new StringBuilder(good);
            for (var flips = random.nextInt(5); flips >= 0; flips--) {
                text.setCharAt(random.nextInt(text.length()), (char) (33 + random.nextInt(94)));
            }
            assertThat(tokens.verify(text.toString())).isNotNull();
        }
    }

    @Test
    void mintsForItsOwnTrustDomainOnly() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tokens.mint(new SpiffeId("other", "a", "b"), Duration.ofDays(1)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tokens.mint(STOREFRONT, Duration.ZERO));
    }

    @Test
    void refusesABrokenKeyFile() throws IOException {
        PrivateFiles.write(folder.resolve("token-key.jwk"), "{\"kty\":\"EC\"");

        assertThatIOException()
                .isThrownBy(() -> TokenAuthority.loadOrCreate(folder, "cluster.local", clock))
                .withMessageContaining("token-key.jwk");
    }
}
