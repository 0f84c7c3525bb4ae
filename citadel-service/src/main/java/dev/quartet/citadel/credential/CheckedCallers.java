package dev.quartet.citadel.credential;

import dev.quartet.citadel.credential.Credential.Callers;
import dev.quartet.citadel.credential.CredentialRefused.Reason;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.cert.CRLException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Judges what callers are to be checked by. Of several authorities some may have expired, as long as one has not; a list of
/// revocations must be in time, because with an old one Envoy lets nobody in (RFC 5280, 6.3.3).
final class CheckedCallers {

    private static final int MAX_AUTHORITIES = 200;

    private CheckedCallers() {}

    static Callers read(PemText authorities, @Nullable PemText revocations, Instant now)
            throws CredentialRefused {
        var roots = authorities.certificates();
        if (roots.size() > MAX_AUTHORITIES) {
            throw new CredentialRefused(
                    Reason.TOO_LARGE,
                    "there are %d authorities".formatted(roots.size()),
                    "give those that sign your callers' certificates, at most " + MAX_AUTHORITIES);
        }
        for (var root : roots) {
            if (root.getBasicConstraints() < 0) {
                throw new CredentialRefused(
                        Reason.NOT_AN_AUTHORITY,
                        "%s may sign no certificates".formatted(Shown.subject(root)),
                        "give the certificate of the authority that signs your callers' certificates, not a caller's");
            }
        }
        if (roots.stream().noneMatch(root -> now.isBefore(root.getNotAfter().toInstant()))) {
            throw new CredentialRefused(
                    Reason.EXPIRED,
                    "all authorities have expired, %s at %s"
                            .formatted(
                                    Shown.subject(roots.getFirst()),
                                    roots.getFirst().getNotAfter().toInstant()),
                    "give those that sign now");
        }
        return new Callers(roots, revocations == null ? List.of() : lists(revocations, roots, now));
    }

    private static List<X509CRL> lists(
            PemText revocations, List<X509Certificate> roots, Instant now)
            throws CredentialRefused {
        var lists = new ArrayList<X509CRL>();
        try {
            var factory = CertificateFactory.getInstance("X.509");
            for (var der : revocations.blocks("X509 CRL")) {
                lists.add((X509CRL) factory.generateCRL(new ByteArrayInputStream(der)));
            }
        } catch (CRLException | CertificateException _) {
            throw revocations.unreadable("X509 CRL");
        }
        for (var list : lists) {
            check(list, roots, now);
        }
        return lists;
    }

    private static void check(X509CRL list, List<X509Certificate> roots, Instant now)
            throws CredentialRefused {
        var issuer = Shown.of(list.getIssuerX500Principal().getName());
        if (roots.stream().noneMatch(root -> signed(list, root))) {
            throw new CredentialRefused(
                    Reason.REVOCATIONS_OF_ANOTHER_AUTHORITY,
                    "the list of revocations of %s is signed by none of the authorities"
                            .formatted(issuer),
                    "give the lists of the authorities that stand in the same credential");
        }
        if (list.getNextUpdate() != null && !now.isBefore(list.getNextUpdate().toInstant())) {
            throw new CredentialRefused(
                    Reason.EXPIRED,
                    "the list of revocations of %s was to be replaced at %s"
                            .formatted(issuer, list.getNextUpdate().toInstant()),
                    "give the authority's newest list");
        }
    }

    private static boolean signed(X509CRL list, X509Certificate root) {
        try {
            list.verify(root.getPublicKey());
            return list.getIssuerX500Principal().equals(root.getSubjectX500Principal());
        } catch (GeneralSecurityException _) {
            return false;
        }
    }
}
