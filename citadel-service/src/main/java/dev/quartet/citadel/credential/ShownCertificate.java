package dev.quartet.citadel.credential;

import dev.quartet.citadel.credential.CredentialRefused.Reason;
import dev.quartet.identity.KeyMaterial;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Judges a chain and its key as a client and Envoy will: Envoy takes RSA from 2,048 bits on and the curves P-256, P-384 and
/// P-521 (`source/common/tls/context_impl.cc`), a client a chain whose each certificate is signed by the next (RFC 5246, 7.4.2).
final class ShownCertificate {

    private static final int MAX_CHAIN = 10;
    private static final int MIN_RSA_BITS = 2048;
    private static final int MAX_RSA_BITS = 8192;
    private static final Set<Integer> CURVE_BITS = Set.of(256, 384, 521);

    /// Server, client, any: RFC 5280, 4.2.1.12. A credential is shown by gateways to callers, and to servers outside.
    private static final Set<String> PURPOSES =
            Set.of("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "2.5.29.37.0");

    private ShownCertificate() {}

    static KeyMaterial read(PemText certificate, PemText key, Instant now)
            throws CredentialRefused {
        var chain = certificate.certificates();
        if (chain.size() > MAX_CHAIN) {
            throw new CredentialRefused(
                    Reason.TOO_LARGE,
                    "the chain has %d certificates".formatted(chain.size()),
                    "give the leaf and its intermediates, at most " + MAX_CHAIN);
        }
        var material = pair(PrivateKeyText.read(key), chain);
        checkOrder(chain);
        for (var each : chain) {
            checkTime(each, now);
        }
        checkKey(material.leaf().getPublicKey());
        checkSignatures(chain);
        checkPurpose(material.leaf());
        return material;
    }

    private static KeyMaterial pair(PrivateKey key, List<X509Certificate> chain)
            throws CredentialRefused {
        try {
            return new KeyMaterial(key, chain);
        } catch (IllegalArgumentException _) {
            for (var i = 1; i < chain.size(); i++) {
                if (belongs(key, chain.get(i))) {
                    throw new CredentialRefused(
                            Reason.CHAIN_OUT_OF_ORDER,
                            "the key's certificate stands at place %d of the chain"
                                    .formatted(i + 1),
                            "put it first, and behind it the one that signed it, and so on");
                }
            }
            throw new CredentialRefused(
                    Reason.KEY_OF_ANOTHER_CERTIFICATE,
                    "the private key does not belong to the certificate of %s"
                            .formatted(Shown.subject(chain.getFirst())),
                    "give the key that the certificate was asked for with; renew both together");
        }
    }

    private static boolean belongs(PrivateKey key, X509Certificate certificate) {
        try {
            var _ = new KeyMaterial(key, List.of(certificate));
            return true;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    private static void checkOrder(List<X509Certificate> chain) throws CredentialRefused {
        for (var i = 0; i + 1 < chain.size(); i++) {
            var issuer = chain.get(i + 1);
            if (!signed(chain.get(i), issuer)) {
                throw new CredentialRefused(
                        Reason.CHAIN_OUT_OF_ORDER,
                        "certificate %d of the chain, %s, did not sign the one before it"
                                .formatted(i + 2, Shown.subject(issuer)),
                        "order them leaf first, each signed by the next, and leave out all others");
            }
            if (issuer.getBasicConstraints() < 0) {
                throw new CredentialRefused(
                        Reason.NOT_AN_AUTHORITY,
                        "certificate %d of the chain, %s, may sign no certificates"
                                .formatted(i + 2, Shown.subject(issuer)),
                        "give the chain that the certificate authority gave you");
            }
        }
    }

    private static boolean signed(X509Certificate certificate, X509Certificate issuer) {
        try {
            certificate.verify(issuer.getPublicKey());
            return certificate.getIssuerX500Principal().equals(issuer.getSubjectX500Principal());
        } catch (GeneralSecurityException _) {
            return false;
        }
    }

    private static void checkTime(X509Certificate certificate, Instant now)
            throws CredentialRefused {
        if (!now.isBefore(certificate.getNotAfter().toInstant())) {
            throw new CredentialRefused(
                    Reason.EXPIRED,
                    "the certificate of %s expired at %s"
                            .formatted(
                                    Shown.subject(certificate),
                                    certificate.getNotAfter().toInstant()),
                    "give a renewed one");
        }
        if (now.isBefore(certificate.getNotBefore().toInstant())) {
            throw new CredentialRefused(
                    Reason.NOT_YET_VALID,
                    "the certificate of %s is valid from %s on"
                            .formatted(
                                    Shown.subject(certificate),
                                    certificate.getNotBefore().toInstant()),
                    "give it then, or look at this machine's clock");
        }
    }

    private static void checkKey(PublicKey key) throws CredentialRefused {
        switch (key) {
            case RSAPublicKey rsa -> {
                var bits = rsa.getModulus().bitLength();
                if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) {
                    throw new CredentialRefused(
                            Reason.WEAK_RSA_KEY,
                            "the RSA key has %d bits".formatted(bits),
                            "use %d to %d, or an EC key".formatted(MIN_RSA_BITS, MAX_RSA_BITS));
                }
            }
            case ECPublicKey ec
                    when CURVE_BITS.contains(
                            ec.getParams().getCurve().getField().getFieldSize()) -> {}
            default ->
                    throw new CredentialRefused(
                            Reason.UNSUPPORTED_KEY,
                            "Envoy takes no %s key of this kind".formatted(key.getAlgorithm()),
                            "use P-256, P-384, P-521 or RSA");
        }
    }

    /// The signature of a root proves nothing: who trusts it has it.
    private static void checkSignatures(List<X509Certificate> chain) throws CredentialRefused {
        for (var certificate : chain) {
            var algorithm = certificate.getSigAlgName().toUpperCase(Locale.ROOT);
            if (!certificate.getIssuerX500Principal().equals(certificate.getSubjectX500Principal())
                    && (algorithm.startsWith("SHA1") || algorithm.startsWith("MD"))) {
                throw new CredentialRefused(
                        Reason.WEAK_SIGNATURE,
                        "the certificate of %s is signed with %s"
                                .formatted(Shown.subject(certificate), certificate.getSigAlgName()),
                        "have it signed with SHA-256 or better");
            }
        }
    }

    private static void checkPurpose(X509Certificate leaf) throws CredentialRefused {
        try {
            var purposes = leaf.getExtendedKeyUsage();
            if (purposes != null && purposes.stream().noneMatch(PURPOSES::contains)) {
                throw new CredentialRefused(
                        Reason.WRONG_PURPOSE,
                        "the certificate of %s is for no TLS server or client"
                                .formatted(Shown.subject(leaf)),
                        "give one with the extended key usage serverAuth");
            }
        } catch (CertificateParsingException _) {
            throw new CredentialRefused(
                    Reason.MALFORMED,
                    "the certificate's purposes can't be read",
                    "give another certificate");
        }
    }
}
