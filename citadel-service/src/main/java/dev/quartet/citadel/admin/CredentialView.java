package dev.quartet.citadel.admin;

import dev.quartet.citadel.credential.Credential;
import dev.quartet.citadel.credential.CredentialRefused;
import dev.quartet.citadel.credential.Held;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A credential as people may see it.
///
/// @param certificate that is shown; null when there is none
/// @param authorities by which callers are checked
/// @param revocations how many lists there are
/// @param serviceAccounts who may have it; null on Kubernetes, where rights on the Secret say it
/// @param problem why what is written now is not in force; null when it is
record CredentialView(
        String namespace,
        String name,
        @Nullable Certificate certificate,
        List<Certificate> authorities,
        int revocations,
        @Nullable List<String> serviceAccounts,
        @Nullable Fault problem) {

    /// @param names subject alternative names, as `DNS:shop.example`
    /// @param serial and `fingerprint` (SHA-256) in hexadecimal
    /// @param key kind and size: `EC 256`, `RSA 2048`
    record Certificate(
            String subject,
            List<String> names,
            String issuer,
            String serial,
            Instant notBefore,
            Instant notAfter,
            String fingerprint,
            String key) {}

    record Fault(String reason, String detail, String fix) {}

    /// RFC 5280, 4.2.1.6.
    private static final Map<Integer, String> KINDS =
            Map.of(1, "email", 2, "DNS", 6, "URI", 7, "IP");

    static CredentialView of(Held held) {
        var credential = held.credential();
        var shown = credential == null ? null : credential.shown();
        var callers = credential == null ? null : credential.callers();
        return new CredentialView(
                held.key().namespace(),
                held.key().name(),
                shown == null ? null : of(shown.leaf()),
                authorities(callers),
                callers == null ? 0 : callers.revocations().size(),
                held.serviceAccounts(),
                fault(held.refused()));
    }

    private static List<Certificate> authorities(Credential.@Nullable Callers callers) {
        return callers == null
                ? List.of()
                : callers.authorities().stream().map(CredentialView::of).toList();
    }

    private static @Nullable Fault fault(@Nullable CredentialRefused refused) {
        return refused == null
                ? null
                : new Fault(refused.reason().name(), refused.fault(), refused.fix());
    }

    private static Certificate of(X509Certificate certificate) {
        return new Certificate(
                certificate.getSubjectX500Principal().getName(),
                names(certificate),
                certificate.getIssuerX500Principal().getName(),
                certificate.getSerialNumber().toString(16),
                certificate.getNotBefore().toInstant(),
                certificate.getNotAfter().toInstant(),
                fingerprint(certificate),
                key(certificate.getPublicKey()));
    }

    private static List<String> names(X509Certificate certificate) {
        var names = new ArrayList<String>();
        try {
            var found = certificate.getSubjectAlternativeNames();
            for (var name : found == null ? List.<List<?>>of() : found) {
                var kind = name.getFirst() instanceof Integer tag ? KINDS.get(tag) : null;
                if (kind != null) {
                    names.add(kind + ":" + name.get(1));
                }
            }
        } catch (CertificateParsingException _) {
            names.clear(); // they are shown to people only
        }
        return names;
    }

    private static String fingerprint(X509Certificate certificate) {
        try {
            return HexFormat.of()
                    .formatHex(
                            MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a parsed certificate can't be encoded", e);
        }
    }

    private static String key(PublicKey key) {
        return switch (key) {
            case RSAPublicKey rsa -> "RSA " + rsa.getModulus().bitLength();
            case ECPublicKey ec -> "EC " + ec.getParams().getCurve().getField().getFieldSize();
            default -> key.getAlgorithm();
        };
    }
}
