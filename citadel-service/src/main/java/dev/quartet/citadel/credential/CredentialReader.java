package dev.quartet.citadel.credential;

import dev.quartet.citadel.credential.CredentialRefused.Reason;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/// Parts in, credential out, or the first thing that is wrong. Immutable.
public final class CredentialReader {

    private final Clock clock;

    public CredentialReader(Clock clock) {
        this.clock = clock;
    }

    public Credential read(CredentialKey key, CredentialParts parts) throws CredentialRefused {
        var certificate = text("certificate", parts.certificate());
        var privateKey = text("key", parts.key());
        var authorities = text("ca", parts.authorities());
        var revocations = text("crl", parts.revocations());
        if ((certificate == null) != (privateKey == null)) {
            throw incomplete(
                    certificate == null
                            ? "there is a key and no certificate"
                            : "there is a certificate and no key",
                    "give both");
        }
        if (revocations != null && authorities == null) {
            throw incomplete(
                    "there are revocations and no authority whose they are",
                    "give the authorities too");
        }
        if (key.isOfCallers() && certificate != null) {
            throw incomplete(
                    "a name that ends with %s is of what callers are checked by, and this has a certificate to show"
                            .formatted(CredentialKey.CALLERS),
                    "give certificate and key under the name without it");
        }
        if (certificate == null && authorities == null) {
            throw incomplete(
                    "there is neither a certificate with its key nor an authority",
                    "give at least one of both");
        }
        var now = clock.instant();
        return new Credential(
                certificate == null || privateKey == null
                        ? null
                        : ShownCertificate.read(certificate, privateKey, now),
                authorities == null ? null : CheckedCallers.read(authorities, revocations, now));
    }

    private static @Nullable PemText text(String part, @Nullable String text)
            throws CredentialRefused {
        return text == null || text.isBlank() ? null : PemText.of(part, text);
    }

    private static CredentialRefused incomplete(String fault, String fix) {
        return new CredentialRefused(Reason.INCOMPLETE, fault, fix);
    }
}
