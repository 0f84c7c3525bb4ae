package dev.quartet.citadel.credential;

import dev.quartet.citadel.credential.CredentialRefused.Reason;
import dev.quartet.identity.Pem;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.regex.Pattern;

/// One PEM text of a credential that is bounded and whole: each block that begins also ends, so a file that is still being
/// written is none. Text between blocks is left out, as RFC 7468 has it.
///
/// @param part its name for people: `certificate`
record PemText(String part, String text) {

    private static final int MAX_CHARS = 256 * 1024;
    private static final Pattern BEGIN = Pattern.compile("-----BEGIN ");
    private static final Pattern WHOLE =
            Pattern.compile("(?s)-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \\1-----");

    static PemText of(String part, String text) throws CredentialRefused {
        if (text.length() > MAX_CHARS) {
            throw new CredentialRefused(
                    Reason.TOO_LARGE,
                    "the %s has %d characters".formatted(part, text.length()),
                    "give at most %d: leave out what is not needed".formatted(MAX_CHARS));
        }
        var begun = BEGIN.matcher(text).results().count();
        if (begun == 0) {
            throw new CredentialRefused(
                    Reason.MALFORMED,
                    "the %s is no PEM text".formatted(part),
                    "give PEM: -----BEGIN … lines; of DER make it by openssl x509 -inform der");
        }
        if (begun != WHOLE.matcher(text).results().count()) {
            throw new CredentialRefused(
                    Reason.MALFORMED,
                    "the %s has a PEM block that does not end, or is none".formatted(part),
                    "give the whole file; replace files by renaming, not by writing into them");
        }
        return new PemText(part, text);
    }

    /// At least one.
    List<X509Certificate> certificates() throws CredentialRefused {
        try {
            return Pem.certificates(text);
        } catch (CertificateException e) {
            throw new CredentialRefused(
                    Reason.MALFORMED,
                    "the %s can't be read: %s".formatted(part, e.getMessage()),
                    "give X.509 certificates as PEM blocks CERTIFICATE");
        }
    }
}
