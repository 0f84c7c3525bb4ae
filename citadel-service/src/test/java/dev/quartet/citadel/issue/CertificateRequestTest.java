package dev.quartet.citadel.issue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.quartet.citadel.Requests;
import dev.quartet.citadel.issue.RequestRefused.Reason;
import dev.quartet.identity.KeyMaterial;
import dev.quartet.identity.Pem;
import dev.quartet.identity.SpiffeId;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import java.util.Random;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CertificateRequestTest {

    private static final SpiffeId CALLER = new SpiffeId("cluster.local", "shop", "storefront");

    private static KeyPair ec(String curve) throws Exception {
        var generator = KeyPairGenerator.getInstance("EC", new BouncyCastleProvider());
        generator.initialize(new ECGenParameterSpec(curve));
        return generator.generateKeyPair();
    }

    private static KeyPair rsa(int bits) throws Exception {
        var generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(bits);
        return generator.generateKeyPair();
    }

    private static String names(GeneralName... names) {
        return Requests.with(extensions ->
                extensions.addExtension(
                        Extension.subjectAlternativeName, false, new GeneralNames(names)));
    }

    private static GeneralName uri(String text) {
        return new GeneralName(GeneralName.uniformResourceIdentifier, text);
    }

    private static String badSignature() {
        var der = Requests.der(KeyMaterial.newKeyPair(), "SHA256withECDSA", extensions -> {});
        der[der.length - 5] ^= 1;
        return Pem.encode("CERTIFICATE REQUEST", der);
    }

    private static String offTheCurve() {
        var keys = KeyMaterial.newKeyPair();
        var der = Requests.der(keys, "SHA256withECDSA", extensions -> {});
        var point = keys.getPublic().getEncoded();
        var y = java.util.Arrays.copyOfRange(point, point.length - 8, point.length);
        for (var i = 0; i < der.length - 8; i++) {
            if (java.util.Arrays.equals(der, i, i + 8, y, 0, 8)) {
                der[i + 7] ^= 1;
            }
        }
        return Pem.encode("CERTIFICATE REQUEST", der);
    }

    private static String truncated() {
        var der = Requests.der(KeyMaterial.newKeyPair(), "SHA256withECDSA", extensions -> {});
        return Pem.encode("CERTIFICATE REQUEST", java.util.Arrays.copyOf(der, der.length - 40));
    }

    private static String withRubbishBehind() {
        var der = Requests.der(KeyMaterial.newKeyPair(), "SHA256withECDSA", extensions -> {});
        return Pem.encode("CERTIFICATE REQUEST", java.util.Arrays.copyOf(der, der.length + 7));
    }

    static Stream<Arguments> refused() throws Exception {
        return Stream.of(
                Arguments.of(
                        "another identity",
                        names(uri("spiffe://cluster.local/ns/shop/sa/ratings")),
                        Reason.FOREIGN_IDENTITY),
                Arguments.of(
                        "another trust domain",
                        names(uri("spiffe://evil/ns/shop/sa/storefront")),
                        Reason.FOREIGN_IDENTITY),
                Arguments.of(
                        "two URIs", names(uri(CALLER.uri()), uri(CALLER.uri())), Reason.EXTRA_NAME),
                Arguments.of(
                        "a DNS name too",
                        names(
                                uri(CALLER.uri()),
                                new GeneralName(GeneralName.dNSName, "istio-citadel")),
                        Reason.EXTRA_NAME),
                Arguments.of(
                        "an address",
                        names(new GeneralName(GeneralName.iPAddress, "127.0.0.1")),
                        Reason.EXTRA_NAME),
                Arguments.of(
                        "CA:true",
                        Requests.with(e ->
                                e.addExtension(
                                        Extension.basicConstraints,
                                        true,
                                        new BasicConstraints(true))),
                        Reason.CERTIFICATE_AUTHORITY),
                Arguments.of(
                        "keyCertSign",
                        Requests.with(e ->
                                e.addExtension(
                                        Extension.keyUsage,
                                        true,
                                        new KeyUsage(KeyUsage.keyCertSign))),
                        Reason.CERTIFICATE_AUTHORITY),
                Arguments.of(
                        "SHA-1, EC",
                        Requests.signed(KeyMaterial.newKeyPair(), "SHA1withECDSA", e -> {}),
                        Reason.WEAK_SIGNATURE),
                Arguments.of(
                        "SHA-1, RSA",
                        Requests.signed(rsa(2048), "SHA1withRSA", e -> {}),
                        Reason.WEAK_SIGNATURE),
                Arguments.of(
                        "MD5",
                        Requests.signed(rsa(2048), "MD5withRSA", e -> {}),
                        Reason.WEAK_SIGNATURE),
                Arguments.of(
                        "RSA 1024",
                        Requests.signed(rsa(1024), "SHA256withRSA", e -> {}),
                        Reason.WEAK_RSA_KEY),
                Arguments.of(
                        "P-192",
                        Requests.signed(ec("P-192"), "SHA256withECDSA", e -> {}),
                        Reason.UNSUPPORTED_CURVE),
                Arguments.of(
                        "secp256k1",
                        Requests.signed(ec("secp256k1"), "SHA256withECDSA", e -> {}),
                        Reason.UNSUPPORTED_CURVE),
                Arguments.of(
                        "Ed25519",
                        Requests.signed(
                                KeyPairGenerator.getInstance("Ed25519").generateKeyPair(),
                                "Ed25519",
                                e -> {}),
                        Reason.UNSUPPORTED_KEY),
                Arguments.of("bad signature", badSignature(), Reason.BAD_SIGNATURE),
                Arguments.of("a point off the curve", offTheCurve(), Reason.MALFORMED),
                Arguments.of("truncated DER", truncated(), Reason.MALFORMED),
                Arguments.of("rubbish behind the DER", withRubbishBehind(), Reason.MALFORMED),
                Arguments.of("nothing", "", Reason.NOT_PEM),
                Arguments.of("truncated PEM", Requests.plain().substring(0, 100), Reason.NOT_PEM),
                Arguments.of(
                        "another block", Pem.encode("CERTIFICATE", new byte[10]), Reason.NOT_PEM),
                Arguments.of("two requests", Requests.plain() + Requests.plain(), Reason.NOT_PEM),
                Arguments.of(
                        "empty block",
                        Pem.encode("CERTIFICATE REQUEST", new byte[0]),
                        Reason.MALFORMED),
                Arguments.of(
                        "too large",
                        "x".repeat(CertificateRequest.MAX_LENGTH + 1),
                        Reason.TOO_LARGE));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refused")
    void refusesByName(String what, String pem, Reason reason) {
        var refusal =
                catchThrowableOfType(
                        RequestRefused.class, () -> CertificateRequest.read(pem, CALLER));

        assertThat(refusal.reason()).isEqualTo(reason);
        assertThat(refusal).hasMessageNotContainingAny("null");
    }

    static Stream<Arguments> accepted() throws Exception {
        return Stream.of(
                Arguments.of("P-256", KeyMaterial.newKeyPair(), "SHA256withECDSA"),
                Arguments.of("P-384", ec("P-384"), "SHA384withECDSA"),
                Arguments.of("RSA 2048", rsa(2048), "SHA256withRSA"),
                Arguments.of("RSA 3072", rsa(3072), "SHA512withRSA"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("accepted")
    void acceptsGoodKeys(String what, KeyPair keys, String algorithm) throws Exception {
        var request =
                CertificateRequest.read(Requests.signed(keys, algorithm, extensions -> {}), CALLER);

        assertThat(request.publicKey().getEncoded()).isEqualTo(keys.getPublic().getEncoded());
    }

    @Test
    void acceptsARequestForTheCallersOwnIdentity() throws Exception {
        assertThat(CertificateRequest.read(names(uri(CALLER.uri())), CALLER).publicKey())
                .isNotNull();
    }

    /// A law: whatever the bytes, a request is read or refused by name.
    @Test
    void noInputCrashesTheReader() {
        var random = new Random(42);
        var good = Requests.der(KeyMaterial.newKeyPair(), "SHA256withECDSA", extensions -> {});
        for (var i = 0; i < 3000; i++) {
            var der = good.clone();
            for (var flips = random.nextInt(6); flips >= 0; flips--) {
                der[random.nextInt(der.length)] = (byte) random.nextInt();
            }
            var pem =
                    "-----BEGIN CERTIFICATE REQUEST-----\n"
                            + Base64.getEncoder().encodeToString(der)
                            + "\n-----END CERTIFICATE REQUEST-----";
            try {
                CertificateRequest.read(pem, CALLER);
            } catch (RequestRefused e) {
                assertThat(e.reason()).isNotNull();
            }
        }
    }
}
