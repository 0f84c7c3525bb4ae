package dev.quartet.config.networking;

import dev.quartet.config.FieldPath;
import dev.quartet.config.check.Problems;

/// When the TLS settings of a Sidecar's ingress are right. After Istio 1.4, `validation.go` `ValidateSidecar`.
final class IngressTlsRules {
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
                ServerTlsRules.ofCallers(tls, path, problems);
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
        ServerTlsRules.values(tls, path, problems);
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
        ServerTlsRules.pairs(tls, path, problems);
        var certificate = ServerTlsRules.given(tls.serverCertificate());
        var key = ServerTlsRules.given(tls.privateKey());
        if (tls.tlsCertificates().isEmpty() && !(certificate && key)) {
            problems.missing(
                    path,
                    tls.mode() + " needs a certificate and its key",
                    "add serverCertificate and privateKey");
        }
    }
}
