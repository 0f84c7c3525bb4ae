package dev.quartet.citadel.credential;

import dev.quartet.citadel.credential.CredentialRefused.Reason;
import dev.quartet.identity.Pem;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// One PEM text of a credential that is bounded and whole: each block that begins also ends, so a file that is still being
/// written is none. Text between blocks is left out, as RFC 7468 has it.
///
/// @param part its name for people: `certificate`
/// @param labels of its blocks, in order
record PemText(String part, String text, List<String> labels) {

    private static final int MAX_CHARS = 256 * 1024;
    private static final String DASHES = "-----";
    private static final String BEGIN = "-----BEGIN ";

    PemText {
        labels = List.copyOf(labels);
    }

    static PemText of(String part, String text) throws CredentialRefused {
        if (text.length() > MAX_CHARS) {
            throw new CredentialRefused(
                    Reason.TOO_LARGE,
                    "the %s has %d characters".formatted(part, text.length()),
                    "give at most %d: leave out what is not needed".formatted(MAX_CHARS));
        }
        var labels = labels(text);
        if (labels.isEmpty()) {
            throw new CredentialRefused(
                    Reason.MALFORMED,
                    "the %s has a PEM block that does not end".formatted(part),
                    "give the whole file; replace files by renaming, not by writing into them");
        }
        if (labels.get().isEmpty()) {
            throw new CredentialRefused(
                    Reason.MALFORMED,
                    "the %s is no PEM text".formatted(part),
                    "give PEM: -----BEGIN … lines; of DER make it by openssl x509 -inform der");
        }
        return new PemText(part, text, labels.get());
    }

    /// In one pass, whatever the text. Empty when a block does not end.
    private static Optional<List<String>> labels(String text) {
        var labels = new ArrayList<String>();
        var begin = text.indexOf(BEGIN);
        while (begin >= 0) {
            var start = begin + BEGIN.length();
            var end = text.indexOf(DASHES, start);
            var closing = end < 0 ? -1 : text.indexOf(DASHES, end + DASHES.length());
            if (closing < 0) {
                return Optional.empty();
            }
            var label = text.substring(start, end);
            var last = "-----END " + label + DASHES;
            if (!text.startsWith(last, closing)) {
                return Optional.empty();
            }
            labels.add(label);
            begin = text.indexOf(BEGIN, closing + last.length());
        }
        return Optional.of(labels);
    }

    /// The contents of its blocks with `label`.
    List<byte[]> blocks(String label) throws CredentialRefused {
        try {
            var blocks = Pem.blocks(label, text);
            if (!blocks.isEmpty() && blocks.size() == Collections.frequency(labels, label)) {
                return blocks;
            }
        } catch (IllegalArgumentException _) {
            // said below
        }
        throw unreadable(label);
    }

    /// At least one.
    List<X509Certificate> certificates() throws CredentialRefused {
        var blocks = blocks("CERTIFICATE");
        try {
            var certificates = Pem.certificates(text);
            if (certificates.size() == blocks.size()) {
                return certificates;
            }
        } catch (CertificateException _) {
            // said below
        }
        throw unreadable("CERTIFICATE");
    }

    CredentialRefused unreadable(String label) {
        return new CredentialRefused(
                Reason.MALFORMED,
                "the %s can't be read".formatted(part),
                "give PEM blocks " + label);
    }
}
