package dev.quartet.config.networking;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.check.Problems;
import dev.quartet.config.schema.Names;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// When the TLS settings of a server's port are right. After Istio 1.4, `validation.go` `validateTLSOptions`; what Envoy would refuse is refused here, since
/// it would refuse all that the listener has with it.
final class ServerTlsRules {
    /// BoringSSL's names of suites with certificates. Those of TLS 1.3 cannot be chosen.
    private static final List<String> CIPHER_SUITES =
            List.of(
                    "ECDHE-ECDSA-AES128-GCM-SHA256",
                    "ECDHE-ECDSA-AES256-GCM-SHA384",
                    "ECDHE-ECDSA-CHACHA20-POLY1305",
                    "ECDHE-ECDSA-AES128-SHA",
                    "ECDHE-ECDSA-AES256-SHA",
                    "ECDHE-RSA-AES128-GCM-SHA256",
                    "ECDHE-RSA-AES256-GCM-SHA384",
                    "ECDHE-RSA-CHACHA20-POLY1305",
                    "ECDHE-RSA-AES128-SHA",
                    "ECDHE-RSA-AES256-SHA",
                    "AES128-GCM-SHA256",
                    "AES256-GCM-SHA384",
                    "AES128-SHA",
                    "AES256-SHA");

    private static final Pattern SPKI = Pattern.compile("[A-Za-z0-9+/]{43}=");
    private static final Pattern HASH =
            Pattern.compile("[0-9a-fA-F]{64}|([0-9a-fA-F]{2}:){31}[0-9a-fA-F]{2}");

    private ServerTlsRules() {}

    static boolean hasOwnFiles(Gateway.ServerTlsSettings tls) {
        return given(tls.serverCertificate())
                || given(tls.privateKey())
                || given(tls.caCertificates());
    }

    /// Whether a certificate or a CA is named, in a file or a Secret.
    static boolean hasCredentials(Gateway.ServerTlsSettings tls) {
        return hasOwnFiles(tls)
                || given(tls.credentialName())
                || given(tls.caCertCredentialName())
                || !tls.credentialNames().isEmpty()
                || !tls.tlsCertificates().isEmpty();
    }

    static void check(Gateway.ServerTlsSettings tls, FieldPath path, Problems problems) {
        switch (tls.mode()) {
            case null -> passesThrough(tls, path, problems);
            case SIMPLE -> {
                certificate(tls, path, problems);
                ofCallers(tls, path, problems);
            }
            case MUTUAL, OPTIONAL_MUTUAL -> {
                certificate(tls, path, problems);
                if (!given(tls.credentialName())
                        && tls.credentialNames().isEmpty()
                        && !given(tls.caCertCredentialName())
                        && !given(tls.caCertificates())) {
                    problems.missing(
                            path.field("caCertificates"),
                            tls.mode() + " needs a CA",
                            "add caCertificates");
                }
            }
            case ISTIO_MUTUAL -> {
                if (hasCredentials(tls)) {
                    problems.conflict(
                            path,
                            "ISTIO_MUTUAL brings its own certificates",
                            "take the certificate fields out");
                }
            }
            case PASSTHROUGH, AUTO_PASSTHROUGH -> passesThrough(tls, path, problems);
        }
        versions(tls, path, problems);
        values(tls, path, problems);
        credentials(tls, path, problems);
    }

    private static void passesThrough(
            Gateway.ServerTlsSettings tls, FieldPath path, Problems problems) {
        if (hasCredentials(tls)) {
            problems.conflict(
                    path, "TLS that passes through needs no certificates", "take them out");
        }
    }

    private static void credentials(
            Gateway.ServerTlsSettings tls, FieldPath path, Problems problems) {
        credential(tls.credentialName(), path.field("credentialName"), problems);
        credential(tls.caCertCredentialName(), path.field("caCertCredentialName"), problems);
        for (int i = 0; i < tls.credentialNames().size(); i++) {
            credential(
                    tls.credentialNames().get(i), path.field("credentialNames").index(i), problems);
        }
        if (given(tls.credentialName()) && !tls.credentialNames().isEmpty()) {
            problems.conflict(
                    path,
                    "credentialName and credentialNames exclude each other",
                    "keep one of them");
        }
    }

    /// Of a Secret in the caller's own namespace: it has no other's before it.
    static void credential(@Nullable String name, FieldPath path, Problems problems) {
        if (name != null && !Names.isObjectName(name)) {
            problems.invalid(
                    path,
                    quoted(name) + " is no name of a Secret",
                    "write the name alone; it is looked for in the namespace of the proxy's workload");
        }
    }

    static void versions(Gateway.ServerTlsSettings tls, FieldPath path, Problems problems) {
        var min = tls.minProtocolVersion();
        var max = tls.maxProtocolVersion();
        if (min != null
                && max != null
                && max != Gateway.TlsProtocol.TLS_AUTO
                && min.compareTo(max) > 0) {
            problems.invalid(
                    path.field("minProtocolVersion"), min + " is above " + max, "swap them");
        }
    }

    private static void certificate(
            Gateway.ServerTlsSettings tls, FieldPath path, Problems problems) {
        pairs(tls, path, problems);
        var secret = given(tls.credentialName()) || !tls.credentialNames().isEmpty();
        var files = given(tls.serverCertificate()) || given(tls.privateKey());
        if (secret && (files || !tls.tlsCertificates().isEmpty())) {
            problems.conflict(
                    path,
                    "certificates from files and from Secrets exclude each other",
                    "keep one of them");
        }
        if (!secret
                && tls.tlsCertificates().isEmpty()
                && (!given(tls.serverCertificate()) || !given(tls.privateKey()))) {
            problems.missing(
                    path,
                    tls.mode() + " needs a certificate",
                    "add credentialName, or serverCertificate and privateKey");
        }
    }

    /// Certificates with their keys in files.
    static void pairs(Gateway.ServerTlsSettings tls, FieldPath path, Problems problems) {
        for (int i = 0; i < tls.tlsCertificates().size(); i++) {
            var files = tls.tlsCertificates().get(i);
            var inner = path.field("tlsCertificates").index(i);
            if (!given(files.serverCertificate()) || !given(files.privateKey())) {
                problems.missing(
                        inner,
                        "the certificate is not whole",
                        "add serverCertificate and privateKey");
            }
            if (given(files.caCertificates())) {
                problems.conflict(
                        inner.field("caCertificates"),
                        "the port has one CA for all of its certificates",
                        "write it as tls.caCertificates");
            }
        }
        if (!tls.tlsCertificates().isEmpty()
                && (given(tls.serverCertificate()) || given(tls.privateKey()))) {
            problems.conflict(
                    path,
                    "tlsCertificates and serverCertificate exclude each other",
                    "keep one of them");
        }
    }

    /// Nobody shall believe that callers are looked at who show nothing.
    static void ofCallers(Gateway.ServerTlsSettings tls, FieldPath path, Problems problems) {
        if (given(tls.caCertificates())
                || given(tls.caCertCredentialName())
                || given(tls.caCrl())
                || !tls.subjectAltNames().isEmpty()
                || !tls.verifyCertificateSpki().isEmpty()
                || !tls.verifyCertificateHash().isEmpty()) {
            problems.conflict(
                    path,
                    "with SIMPLE callers show no certificate that could be verified",
                    "write mode: MUTUAL, or take caCertificates, caCertCredentialName, caCrl, subjectAltNames, verifyCertificateSpki and verifyCertificateHash out");
        }
    }

    static void values(Gateway.ServerTlsSettings tls, FieldPath path, Problems problems) {
        for (int i = 0; i < tls.subjectAltNames().size(); i++) {
            if (tls.subjectAltNames().get(i).isEmpty()) {
                problems.invalid(
                        path.field("subjectAltNames").index(i),
                        "the name is empty",
                        "write one that callers' certificates have");
            }
        }
        for (int i = 0; i < tls.verifyCertificateSpki().size(); i++) {
            var spki = tls.verifyCertificateSpki().get(i);
            if (!SPKI.matcher(spki).matches()) {
                problems.invalid(
                        path.field("verifyCertificateSpki").index(i),
                        quoted(spki) + " is no SHA-256 of a public key in base64",
                        "write 44 signs, the last one =");
            }
        }
        for (int i = 0; i < tls.verifyCertificateHash().size(); i++) {
            var hash = tls.verifyCertificateHash().get(i);
            if (!HASH.matcher(hash).matches()) {
                problems.invalid(
                        path.field("verifyCertificateHash").index(i),
                        quoted(hash) + " is no SHA-256 of a certificate in hexadecimal digits",
                        "write 64 digits, or pairs of them with colons between");
            }
        }
        for (int i = 0; i < tls.cipherSuites().size(); i++) {
            var suite = tls.cipherSuites().get(i);
            if (!CIPHER_SUITES.contains(suite)) {
                problems.invalid(
                        path.field("cipherSuites").index(i),
                        "Envoy has no cipher suite " + quoted(suite),
                        "write one of "
                                + String.join(", ", CIPHER_SUITES)
                                + "; those of TLS 1.3 cannot be chosen");
            }
        }
    }

    static boolean given(@Nullable String text) {
        return text != null && !text.isEmpty();
    }
}
