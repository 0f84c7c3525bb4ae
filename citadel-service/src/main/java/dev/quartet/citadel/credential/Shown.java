package dev.quartet.citadel.credential;

import java.security.cert.X509Certificate;

/// Names out of certificates as they may stand in messages and logs.
final class Shown {
    private static final int MAX_CHARS = 200;

    private Shown() {}

    static String subject(X509Certificate certificate) {
        return of(certificate.getSubjectX500Principal().getName());
    }

    static String of(String text) {
        var cut = text.length() > MAX_CHARS ? text.substring(0, MAX_CHARS) + "…" : text;
        return "\"" + cut.replaceAll("\\p{Cntrl}|\\p{Cf}", "?") + "\"";
    }
}
