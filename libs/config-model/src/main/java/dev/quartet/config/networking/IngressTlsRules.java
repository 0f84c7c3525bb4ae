package dev.quartet.config.networking;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.check.Problems;
import java.util.List;
import java.util.regex.Pattern;

/// When the TLS settings of a Sidecar's ingress are right. After Istio 1.4, `validation.go` `ValidateSidecar`; what Envoy would refuse is refused here, since
/// it would refuse all inbound ports with it.
final class IngressTlsRules {
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

    private IngressTlsRules() {}

    static void check(
            Gateway.ServerTlsSettings tls,
            Sidecar.SidecarPort port,
            FieldPath path,
            Problems problems) {
        protocol(port, path, problems);
        ofGateways(tls, path, problems);
        switch (tls.mode()) {
            case null ->
                    problems.missing(path.field("mode"), "tls has no mode", "add mode: SIMPLE");
            case PASSTHROUGH, AUTO_PASSTHROUGH, ISTIO_MUTUAL ->
                    problems.invalid(
                            path.field("mode"),
                            tls.mode() + " is for gateways",
                            "write SIMPLE or MUTUAL; mTLS of the mesh needs nothing here");
            case SIMPLE -> {
                certificates(tls, path, problems);
                ofCallers(tls, path, problems);
            }
            case MUTUAL, OPTIONAL_MUTUAL -> {
                certificates(tls, path, problems);
                if (!ServerTlsRules.given(tls.caCertificates())) {
                    problems.missing(
                            path.field("caCertificates"),
                            tls.mode() + " needs a CA",
                            "add caCertificates");
                }
            }
        }
        ServerTlsRules.versions(tls, path, problems);
        values(tls, path, problems);
    }

    private static void protocol(Sidecar.SidecarPort port, FieldPath path, Problems problems) {
        var protocol =
                port.protocol() == null ? null : Protocol.parse(port.protocol()).orElse(null);
        if (protocol != Protocol.HTTPS && protocol != Protocol.TLS) {
            problems.conflict(
                    path, "the port's protocol has no TLS", "write protocol: HTTPS or TLS");
        }
    }

    private static void ofGateways(
            Gateway.ServerTlsSettings tls, FieldPath path, Problems problems) {
        if (Boolean.TRUE.equals(tls.httpsRedirect())) {
            problems.conflict(
                    path.field("httpsRedirect"), "redirects are for gateways", "take it out");
        }
        if (ServerTlsRules.given(tls.credentialName())
                || !tls.credentialNames().isEmpty()
                || ServerTlsRules.given(tls.caCertCredentialName())) {
            problems.conflict(
                    path,
                    "certificates from Secrets are for gateways",
                    "name files: serverCertificate, privateKey and caCertificates");
        }
    }

    private static void certificates(
            Gateway.ServerTlsSettings tls, FieldPath path, Problems problems) {
        for (int i = 0; i < tls.tlsCertificates().size(); i++) {
            var files = tls.tlsCertificates().get(i);
            var inner = path.field("tlsCertificates").index(i);
            if (!ServerTlsRules.given(files.serverCertificate())
                    || !ServerTlsRules.given(files.privateKey())) {
                problems.missing(
                        inner,
                        "the certificate is not whole",
                        "add serverCertificate and privateKey");
            }
            if (ServerTlsRules.given(files.caCertificates())) {
                problems.conflict(
                        inner.field("caCertificates"),
                        "the port has one CA for all of its certificates",
                        "write it as tls.caCertificates");
            }
        }
        var certificate = ServerTlsRules.given(tls.serverCertificate());
        var key = ServerTlsRules.given(tls.privateKey());
        if (!tls.tlsCertificates().isEmpty() && (certificate || key)) {
            problems.conflict(
                    path,
                    "tlsCertificates and serverCertificate exclude each other",
                    "keep one of them");
        }
        if (tls.tlsCertificates().isEmpty() && !(certificate && key)) {
            problems.missing(
                    path,
                    tls.mode() + " needs a certificate and its key",
                    "add serverCertificate and privateKey");
        }
    }

    /// Nobody shall believe that callers are looked at who show nothing.
    private static void ofCallers(
            Gateway.ServerTlsSettings tls, FieldPath path, Problems problems) {
        if (ServerTlsRules.given(tls.caCertificates())
                || ServerTlsRules.given(tls.caCrl())
                || !tls.subjectAltNames().isEmpty()
                || !tls.verifyCertificateSpki().isEmpty()
                || !tls.verifyCertificateHash().isEmpty()) {
            problems.conflict(
                    path,
                    "with SIMPLE callers show no certificate that could be verified",
                    "write mode: MUTUAL, or take caCertificates, caCrl, subjectAltNames, verifyCertificateSpki and verifyCertificateHash out");
        }
    }

    private static void values(Gateway.ServerTlsSettings tls, FieldPath path, Problems problems) {
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
}
