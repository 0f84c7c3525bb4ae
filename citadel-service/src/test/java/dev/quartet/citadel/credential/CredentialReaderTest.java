package dev.quartet.citadel.credential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.quartet.citadel.credential.Authority.Leaf;
import dev.quartet.citadel.credential.CredentialRefused.Reason;
import dev.quartet.identity.KeyMaterial;
import dev.quartet.identity.Pem;
import dev.quartet.identity.testing.SettableClock;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CredentialReaderTest {

    private static final CredentialKey KEY = new CredentialKey("shop", "web");

    private final SettableClock clock = new SettableClock();
    private final Instant now = clock.instant();
    private final CredentialReader reader = new CredentialReader(clock);
    private final Authority root = Authority.root("root", now);
    private final Authority between = root.intermediate("between", now);
    private final KeyMaterial good = between.issue("shop.example", now);

    private Credential read(CredentialParts parts) throws CredentialRefused {
        return reader.read(KEY, parts);
    }

    private void refuses(Reason reason, String fault, CredentialParts parts) {
        var refused = catchThrowableOfType(CredentialRefused.class, () -> read(parts));

        assertThat(refused).as(fault).isNotNull();
        assertThat(refused.reason()).isEqualTo(reason);
        assertThat(refused.fault()).contains(fault);
        assertThat(refused.fix()).isNotBlank();
    }

    private static CredentialParts parts(@Nullable String certificate, @Nullable String key) {
        return new CredentialParts(certificate, key, null, null);
    }

    private void refuses(Reason reason, String fault, Leaf leaf) {
        refuses(reason, fault, Authority.parts(between.issue(leaf)));
    }

    private Leaf leaf() {
        return Leaf.of("shop.example", now);
    }

    @Test
    void takesAChainItsKeyAndWhatCallersAreCheckedBy() throws Exception {
        var credential =
                read(
                        new CredentialParts(
                                "subject=shop.example\n" + Pem.encode(good.chain()),
                                Pem.encode(good.key()),
                                root.pem() + between.pem(),
                                root.revocations(now, now.plusSeconds(60))));

        assertThat(credential.shown()).isEqualTo(good);
        assertThat(credential.callers()).isNotNull();
        assertThat(credential.callers().authorities())
                .containsExactly(root.certificate(), between.certificate());
        assertThat(credential.callers().revocations()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"EC, 256", "EC, 384", "EC, 521", "RSA, 2048", "RSA, 4096"})
    void takesTheKeysThatEnvoyTakesInEachFormThatToolsWrite(String algorithm, int bits)
            throws Exception {
        var material = between.issue(leaf().key(algorithm, bits));
        var inner =
                PrivateKeyInfo.getInstance(material.key().getEncoded())
                        .parsePrivateKey()
                        .toASN1Primitive();
        var chain = Pem.encode(material.chain());

        assertThat(read(Authority.parts(material)).shown()).isEqualTo(material);
        if (algorithm.equals("RSA")) {
            assertThat(
                            read(parts(chain, Pem.encode("RSA PRIVATE KEY", inner.getEncoded())))
                                    .shown())
                    .isEqualTo(material);
        }
    }

    /// As `openssl ecparam -genkey` writes it, with the curve inside.
    @Test
    void takesASec1Key() throws Exception {
        var info = PrivateKeyInfo.getInstance(good.key().getEncoded());
        var inner = org.bouncycastle.asn1.sec.ECPrivateKey.getInstance(info.parsePrivateKey());
        var sec1 =
                new org.bouncycastle.asn1.sec.ECPrivateKey(
                        256, inner.getKey(), info.getPrivateKeyAlgorithm().getParameters());

        var credential =
                read(
                        parts(
                                Pem.encode(good.chain()),
                                "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
                                        + Pem.encode("EC PRIVATE KEY", sec1.getEncoded())));

        assertThat(credential.shown()).isNotNull();
        assertThat(credential.shown().leaf()).isEqualTo(good.leaf());
    }

    @Test
    void refusesWhatIsIncomplete() {
        refuses(Reason.INCOMPLETE, "neither a certificate", parts(null, " \n"));
        refuses(Reason.INCOMPLETE, "certificate and no key", parts(Pem.encode(good.chain()), null));
        refuses(Reason.INCOMPLETE, "key and no certificate", parts(null, Pem.encode(good.key())));
        refuses(
                Reason.INCOMPLETE,
                "no authority whose they are",
                new CredentialParts(null, null, null, root.revocations(now, now.plusSeconds(9))));
        refuses(
                Reason.INCOMPLETE,
                "there are 0 private keys",
                parts(Pem.encode(good.chain()), Pem.encode(good.chain())));
    }

    @Test
    void aNameForCallersHasNothingToShow() {
        assertThatThrownBy(() ->
                        reader.read(new CredentialKey("shop", "web-cacert"), Authority.parts(good)))
                .hasMessageContaining("ends with -cacert");
    }

    /// Hardening case 46: a file that is half written.
    @Test
    void refusesHalfAFile() {
        var chain = Pem.encode(good.chain());
        refuses(
                Reason.MALFORMED,
                "does not end",
                parts(chain.substring(0, chain.length() - 40), Pem.encode(good.key())));
        var key = Pem.encode(good.key());
        refuses(Reason.MALFORMED, "does not end", parts(chain, key.substring(0, 80)));
        refuses(Reason.MALFORMED, "no PEM text", parts("0\u0082", key));
        refuses(
                Reason.MALFORMED,
                "can't be read",
                parts(Pem.encode("CERTIFICATE", new byte[] {1, 2, 3}), key));
        // one damaged certificate of several must not simply be left out
        var damaged = Pem.encode(between.certificate()).replaceFirst("\nM", "\n*");
        refuses(Reason.MALFORMED, "can't be read", parts(Pem.encode(good.leaf()) + damaged, key));
        refuses(Reason.MALFORMED, "does not end", parts("-----BEGIN A-----\n".repeat(14_000), key));
        refuses(
                Reason.UNSUPPORTED_KEY,
                "can't be read",
                parts(chain, Pem.encode("PRIVATE KEY", new byte[] {1, 2, 3})));
    }

    @Test
    void refusesAKeyOfAnotherCertificateSeveralAndEncryptedOnes() throws Exception {
        var chain = Pem.encode(good.chain());
        var key = Pem.encode(good.key());
        refuses(
                Reason.KEY_OF_ANOTHER_CERTIFICATE,
                "does not belong",
                parts(chain, Pem.encode(between.issue("other.example", now).key())));
        refuses(Reason.SEVERAL_KEYS, "there are 2 private keys", parts(chain, key + key));
        refuses(
                Reason.ENCRYPTED_KEY,
                "encrypted",
                parts(chain, Pem.encode("ENCRYPTED PRIVATE KEY", new byte[] {1})));
        refuses(
                Reason.ENCRYPTED_KEY,
                "encrypted",
                parts(
                        chain,
                        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"));
        var edwards = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        refuses(
                Reason.UNSUPPORTED_KEY,
                "can't be read",
                parts(chain, Pem.encode(edwards.getPrivate())));
    }

    @Test
    void refusesAChainOutOfOrder() {
        var reversed = Pem.encode(good.chain().reversed());
        refuses(
                Reason.CHAIN_OUT_OF_ORDER,
                "stands at place 2",
                parts(reversed, Pem.encode(good.key())));
        refuses(
                Reason.CHAIN_OUT_OF_ORDER,
                "did not sign the one before",
                parts(
                        Pem.encode(List.of(good.leaf(), root.certificate())),
                        Pem.encode(good.key())));
        refuses(
                Reason.TOO_LARGE,
                "11 certificates",
                parts(Pem.encode(good.leaf()).repeat(11), Pem.encode(good.key())));
    }

    @Test
    void refusesWhatEnvoyOrClientsWould() {
        refuses(Reason.WEAK_RSA_KEY, "1024 bits", leaf().key("RSA", 1024));
        refuses(Reason.WEAK_SIGNATURE, "SHA1", leaf().hash("SHA1"));
        refuses(
                Reason.EXPIRED,
                "expired at",
                leaf().from(now.minus(Duration.ofDays(2)), now.minusSeconds(1)));
        refuses(
                Reason.NOT_YET_VALID,
                "valid from",
                leaf().from(now.plusSeconds(60), now.plus(Duration.ofDays(2))));
        refuses(
                Reason.WRONG_PURPOSE,
                "no TLS server or client",
                leaf().purpose(KeyPurposeId.id_kp_codeSigning));
        refuses(
                Reason.TOO_LARGE,
                "characters",
                parts(Pem.encode(good.chain()) + " ".repeat(300_000), Pem.encode(good.key())));
    }

    @Test
    void refusesAuthoritiesAndRevocationsThatAreNone() {
        var other = Authority.root("other", now);
        refuses(
                Reason.NOT_AN_AUTHORITY,
                "may sign no certificates",
                new CredentialParts(null, null, Pem.encode(good.leaf()), null));
        refuses(
                Reason.REVOCATIONS_OF_ANOTHER_AUTHORITY,
                "signed by none",
                new CredentialParts(
                        null, null, root.pem(), other.revocations(now, now.plusSeconds(60))));
        refuses(
                Reason.EXPIRED,
                "was to be replaced",
                new CredentialParts(
                        null,
                        null,
                        root.pem(),
                        root.revocations(now.minusSeconds(60), now.minusSeconds(1))));
        refuses(
                Reason.MALFORMED,
                "crl can't be read",
                new CredentialParts(null, null, root.pem(), root.pem()));
        clock.advance(Duration.ofDays(400));
        refuses(
                Reason.EXPIRED,
                "all authorities have expired",
                new CredentialParts(null, null, root.pem(), null));
    }

    /// Hardening case 32: a certificate's subject is its maker's text.
    @Test
    void whatAMessageQuotesIsPrintable() {
        var evil = Authority.root("evil\u001b[2J\r\nx", now);
        var material = evil.issue("shop.example", now);

        refuses(
                Reason.CHAIN_OUT_OF_ORDER,
                "\"CN=evil?[2J??x\"",
                parts(
                        Pem.encode(List.of(good.leaf(), evil.certificate())),
                        Pem.encode(good.key())));
        assertThat(material.leaf()).isNotNull();
    }

    /// Hardening case 33.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "..",
                "../root",
                "a/b",
                "Web",
                "wéb",
                "web\u0000",
                "-web",
                "a..b",
                "default",
                "default-cacert",
                "ROOTCA",
                "kubernetes://web"
            })
    void refusesNamesThatAreNone(String name) {
        assertThatThrownBy(() -> new CredentialKey("shop", name))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new CredentialKey("shop", "a".repeat(254)))
                .isInstanceOf(IllegalArgumentException.class);
        if (!name.startsWith("default")) {
            assertThatThrownBy(() -> new CredentialKey(name, "web"))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void partsShowNoKey() {
        assertThat(Authority.parts(good)).hasToString("CredentialParts[redacted]");
    }
}
