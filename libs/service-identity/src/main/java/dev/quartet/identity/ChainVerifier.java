package dev.quartet.identity;

import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;

/// Path validation (RFC 5280 section 6) against the mesh's roots at a given time, with the purpose of the leaf.
public final class ChainVerifier {

    private static final int MAX_CHAIN = 8;

    /// What the leaf is used for, with the object identifier of the extended key usage it must have.
    public enum Purpose {
        CLIENT("1.3.6.1.5.5.7.3.2"),
        SERVER("1.3.6.1.5.5.7.3.1");

        private final String keyPurpose;

        Purpose(String keyPurpose) {
            this.keyPurpose = keyPurpose;
        }
    }

    private ChainVerifier() {}

    /// @param chain leaf first; a root at its end is ignored, trust comes from `roots` only
    /// @return the leaf
    /// @throws CertificateException saying what does not hold
    public static X509Certificate verify(
            List<X509Certificate> chain, List<X509Certificate> roots, Purpose purpose, Instant at)
            throws CertificateException {
        if (chain.isEmpty() || chain.size() > MAX_CHAIN) {
            throw new CertificateException(
                    "a chain has 1 to %d certificates, not %d".formatted(MAX_CHAIN, chain.size()));
        }
        if (roots.isEmpty()) {
            throw new CertificateException("no root certificate is known yet");
        }
        var leaf = chain.getFirst();
        if (leaf.getBasicConstraints() >= 0) {
            throw new CertificateException(
                    "a certificate authority's own certificate is no workload's certificate");
        }
        var path = new ArrayList<>(chain);
        path.removeAll(roots);
        var anchors = new HashSet<TrustAnchor>();
        roots.forEach(root -> anchors.add(new TrustAnchor(root, null)));
        try {
            var parameters = new PKIXParameters(anchors);
            parameters.setRevocationEnabled(false); // lives are short instead
            parameters.setDate(Date.from(at));
            CertPathValidator.getInstance("PKIX")
                    .validate(
                            CertificateFactory.getInstance("X.509").generateCertPath(path),
                            parameters);
        } catch (GeneralSecurityException e) {
            throw new CertificateException(
                    "the chain does not lead to a root of this mesh: " + e.getMessage(), e);
        }
        var usages = leaf.getExtendedKeyUsage();
        if (usages == null || !usages.contains(purpose.keyPurpose)) {
            throw new CertificateException(
                    "the certificate is not for a TLS " + purpose.name().toLowerCase(Locale.ROOT));
        }
        return leaf;
    }
}
