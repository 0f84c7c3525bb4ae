package dev.quartet.citadel.issue;

import dev.quartet.identity.SpiffeId;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// What every leaf of this mesh looks like, checked on the signed bytes as the JDK parses them (the builder is
/// BouncyCastle's): a mistake in one of the two does not leave the house.
final class Profile {

    private static final Set<String> PURPOSES =
            Set.of("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"); // server, client
    private static final String ALTERNATIVE_NAMES = "2.5.29.17";
    private static final Set<String> EXTENSIONS =
            Set.of(
                    "2.5.29.14", // subject key identifier
                    "2.5.29.15", // key usage
                    ALTERNATIVE_NAMES,
                    "2.5.29.19", // basic constraints
                    "2.5.29.35", // authority key identifier
                    "2.5.29.37"); // extended key usage

    private Profile() {}

    /// @throws IllegalStateException naming what is not as it must be; the certificate must not be given out
    static void check(X509Certificate leaf, Template template, X509Certificate root) {
        require(leaf.getBasicConstraints() < 0, "it is a certificate authority");
        require(leaf.getPublicKey().equals(template.publicKey()), "it has another key");
        require(leaf.getSerialNumber().equals(template.serial()), "it has another serial number");
        require(
                leaf.getIssuerX500Principal().equals(root.getSubjectX500Principal()),
                "it has another issuer");
        require(leaf.getSubjectX500Principal().getName().isEmpty(), "its subject is not empty");
        require(
                leaf.getNotBefore()
                                .toInstant()
                                .equals(template.notBefore().truncatedTo(ChronoUnit.SECONDS))
                        && leaf.getNotAfter()
                                .toInstant()
                                .equals(template.notAfter().truncatedTo(ChronoUnit.SECONDS)),
                "it lives at another time");
        require(!leaf.getNotAfter().after(root.getNotAfter()), "it outlives its root");
        require(
                "SHA256withECDSA".equals(leaf.getSigAlgName()),
                "it is signed by another algorithm");
        checkExtensions(leaf, template);
    }

    private static void checkExtensions(X509Certificate leaf, Template template) {
        var critical = leaf.getCriticalExtensionOIDs();
        var all = new TreeSet<>(critical);
        all.addAll(leaf.getNonCriticalExtensionOIDs());
        require(EXTENSIONS.containsAll(all), "it has an extension that was not asked for");
        require(
                critical.contains(ALTERNATIVE_NAMES),
                "its names are not critical although its subject is empty");
        var usage = leaf.getKeyUsage();
        require(usage != null && usage[0] && !usage[5] && !usage[6], "its key usage is wrong");
        try {
            var purposes = leaf.getExtendedKeyUsage();
            require(
                    purposes != null && PURPOSES.equals(Set.copyOf(purposes)),
                    "its purposes are wrong");
            var names = leaf.getSubjectAlternativeNames();
            var expected = 1 + template.dnsNames().size() + template.ipAddresses().size();
            require(
                    (names == null ? List.of() : names).size() == expected,
                    "it has a name that was not asked for");
            require(SpiffeId.of(leaf).equals(template.identity()), "it has another identity");
        } catch (CertificateParsingException | IllegalArgumentException e) {
            throw new IllegalStateException(
                    "the signed certificate can't be given out: " + e.getMessage(), e);
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(
                    "the signed certificate can't be given out: " + otherwise);
        }
    }
}
