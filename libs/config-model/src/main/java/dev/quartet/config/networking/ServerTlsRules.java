package dev.quartet.config.networking;

import dev.quartet.config.FieldPath;
import dev.quartet.config.check.Problems;
import org.jspecify.annotations.Nullable;

/// When the TLS settings of a server's port are right. After Istio 1.4, `validation.go` `validateTLSOptions`.
final class ServerTlsRules {
    private ServerTlsRules() {}

    static boolean hasOwnFiles(Gateway.ServerTlsSettings tls) {
        return given(tls.serverCertificate())
                || given(tls.privateKey())
                || given(tls.caCertificates());
    }

    static void check(Gateway.ServerTlsSettings tls, FieldPath path, Problems problems) {
        var ownFiles = hasOwnFiles(tls);
        switch (tls.mode()) {
            case null -> {}
            case SIMPLE, OPTIONAL_MUTUAL -> certificate(tls, path, problems);
            case MUTUAL -> {
                certificate(tls, path, problems);
                if (!given(tls.credentialName())
                        && tls.credentialNames().isEmpty()
                        && !given(tls.caCertCredentialName())
                        && !given(tls.caCertificates())) {
                    problems.missing(
                            path.field("caCertificates"),
                            "MUTUAL needs a CA",
                            "add caCertificates");
                }
            }
            case ISTIO_MUTUAL -> {
                if (ownFiles || given(tls.credentialName())) {
                    problems.conflict(
                            path,
                            "ISTIO_MUTUAL brings its own certificates",
                            "take the certificate fields out");
                }
            }
            case PASSTHROUGH, AUTO_PASSTHROUGH -> {
                if (ownFiles || given(tls.credentialName())) {
                    problems.conflict(
                            path, "TLS that passes through needs no certificates", "take them out");
                }
            }
        }
        versions(tls, path, problems);
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
        if (!given(tls.credentialName())
                && tls.credentialNames().isEmpty()
                && tls.tlsCertificates().isEmpty()
                && (!given(tls.serverCertificate()) || !given(tls.privateKey()))) {
            problems.missing(
                    path,
                    tls.mode() + " needs a certificate",
                    "add credentialName, or serverCertificate and privateKey");
        }
    }

    static boolean given(@Nullable String text) {
        return text != null && !text.isEmpty();
    }
}
