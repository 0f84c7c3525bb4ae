package dev.quartet.config.networking;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.check.Problems;
import dev.quartet.config.check.Values;
import dev.quartet.config.schema.Names;
import java.util.HashSet;
import org.jspecify.annotations.Nullable;

/// When a Gateway is right by itself. After Istio 1.4, `validation.go` `ValidateGateway`.
public final class GatewayRules {
    private GatewayRules() {}

    public static void check(Gateway spec, Problems problems) {
        var root = FieldPath.SPEC;
        Values.labels(problems, root.field("selector"), spec.selector());
        var names = new HashSet<String>();
        for (int i = 0; i < spec.servers().size(); i++) {
            var server = spec.servers().get(i);
            var path = root.field("servers").index(i);
            port(server, path, problems);
            if (!names.add(server.port().name())) {
                problems.invalid(
                        path.field("port").field("name"),
                        "two ports are called " + quoted(server.port().name()),
                        "rename one of them");
            }
            for (int j = 0; j < server.hosts().size(); j++) {
                host(server.hosts().get(j), path.field("hosts").index(j), problems);
            }
        }
    }

    private static void port(Gateway.Server server, FieldPath path, Problems problems) {
        var port = server.port();
        var inner = path.field("port");
        Values.port(problems, inner.field("number"), port.number());
        Values.port(problems, inner.field("targetPort"), port.targetPort());
        Values.dnsLabel(problems, inner.field("name"), port.name());
        ServiceEntryRules.protocol(port.protocol(), inner.field("protocol"), problems);
        var protocol = Protocol.parse(port.protocol()).orElse(null);
        if (protocol == null) {
            return;
        }
        var needsTls = protocol == Protocol.HTTPS || protocol == Protocol.TLS;
        var tls = server.tls();
        if (needsTls && tls == null) {
            problems.missing(
                    path.field("tls"),
                    protocol.label() + " needs TLS settings",
                    "add tls, with a mode");
        }
        if (!needsTls && tls != null && !(protocol.isHttp() && onlyRedirects(tls))) {
            problems.conflict(
                    path.field("tls"),
                    "a " + protocol.label() + " port has no TLS",
                    "write protocol: HTTPS, or take tls out");
        }
        if (tls != null) {
            tls(tls, path.field("tls"), problems);
        }
        if (protocol != Protocol.HTTP) {
            problems.add(
                    Reason.NOT_SUPPORTED_YET,
                    inner.field("protocol"),
                    "this version opens no " + protocol.label() + " ports",
                    "write protocol: HTTP");
        }
    }

    /// A plaintext port may send everyone to HTTPS.
    private static boolean onlyRedirects(Gateway.ServerTlsSettings tls) {
        return (tls.mode() == null || tls.mode() == Gateway.Mode.PASSTHROUGH) && !hasOwnFiles(tls);
    }

    private static boolean hasOwnFiles(Gateway.ServerTlsSettings tls) {
        return given(tls.serverCertificate())
                || given(tls.privateKey())
                || given(tls.caCertificates());
    }

    private static void tls(Gateway.ServerTlsSettings tls, FieldPath path, Problems problems) {
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

    private static boolean given(@Nullable String text) {
        return text != null && !text.isEmpty();
    }

    private static void host(String host, FieldPath path, Problems problems) {
        int slash = host.indexOf('/');
        if (slash >= 0) {
            var namespace = host.substring(0, slash);
            if (!namespace.equals("*") && !namespace.equals(".") && !Names.isDnsLabel(namespace)) {
                problems.invalid(
                        path,
                        quoted(namespace) + " is no namespace",
                        "write namespace/host, ./host or */host");
            }
        }
        var name = host.substring(slash + 1);
        if (!Values.isHost(name) && !Values.isIpAddress(name)) {
            problems.invalid(
                    path, quoted(name) + " is no host", "write a.example.org, *.example.org or *");
        }
    }
}
