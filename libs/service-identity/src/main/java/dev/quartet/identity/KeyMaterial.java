package dev.quartet.identity;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// A private key and its certificate chain, leaf first. Immutable; `toString` shows no key.
public record KeyMaterial(PrivateKey key, List<X509Certificate> chain) {

    /// @throws IllegalArgumentException when the chain is empty or the key does not belong to its leaf
    public KeyMaterial {
        chain = List.copyOf(chain);
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("a chain has at least a leaf");
        }
        if (!belongs(key, chain.getFirst())) {
            throw new IllegalArgumentException(
                    "the private key does not belong to the certificate");
        }
    }

    private static boolean belongs(PrivateKey key, X509Certificate leaf) {
        try {
            var probe = new byte[] {1, 2, 3, 4};
            var algorithm = key.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
            var signer = Signature.getInstance(algorithm);
            signer.initSign(key);
            signer.update(probe);
            var signed = signer.sign();
            var verifier = Signature.getInstance(algorithm);
            verifier.initVerify(leaf.getPublicKey());
            verifier.update(probe);
            return verifier.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /// A new P-256 key pair.
    public static KeyPair newKeyPair() {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no P-256 keys", e);
        }
    }

    /// Key and chain in one text, so that one file replaces both.
    public String toPem() {
        return Pem.encode(key) + Pem.encode(chain);
    }

    public static KeyMaterial fromPem(String pem) throws GeneralSecurityException {
        try {
            return new KeyMaterial(Pem.privateKey(pem), Pem.certificates(pem));
        } catch (IllegalArgumentException e) {
            throw new GeneralSecurityException(e.getMessage(), e);
        }
    }

    public X509Certificate leaf() {
        return chain.getFirst();
    }

    /// @throws IllegalArgumentException when the leaf carries no SPIFFE id
    public CertificateStatus status() {
        return new CertificateStatus(
                SpiffeId.of(leaf()),
                leaf().getSerialNumber().toString(16),
                notBefore(),
                notAfter());
    }

    public Instant notBefore() {
        return leaf().getNotBefore().toInstant();
    }

    public Instant notAfter() {
        return leaf().getNotAfter().toInstant();
    }

    public boolean validAt(Instant instant) {
        return !instant.isBefore(notBefore()) && instant.isBefore(notAfter());
    }

    /// When to renew: half of the life, moved by up to a tenth of it either way.
    ///
    /// @param jitter 0 to 1; the same for the same certificate, or the moment would wander
    public Instant renewAt(double jitter) {
        var life = Duration.between(notBefore(), notAfter());
        return notBefore().plusMillis((long) (life.toMillis() * (0.4 + 0.2 * jitter)));
    }

    @Override
    public String toString() {
        return "KeyMaterial[" + leaf().getSubjectX500Principal() + ", key redacted]";
    }
}
