package dev.quartet.pilot.translate;

import dev.quartet.config.networking.ClientTlsSettings;
import dev.quartet.pilot.snapshot.Service;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// What a DestinationRule says about TLS towards a service. The server is always verified unless the user says otherwise: by
/// `caCertificates`, else by the roots of the proxy's system, and by name, which is `subjectAltNames`, else the ServiceEntry's, else `sni`, else the host.
/// Certificates in files are read again when they change.
final class ClientTls {
    /// Where Debian, Ubuntu and Envoy's own images have them. Where there is no such file Envoy refuses the cluster, and nothing goes out
    /// unverified. `system_root_certs` is no way: Envoy then knows no CA, and refuses to compare names.
    private static final String SYSTEM_ROOTS = "/etc/ssl/certs/ca-certificates.crt";

    private ClientTls() {}

    /// @return empty for plaintext
    static Optional<TransportSocket> socket(
            ClientTlsSettings tls,
            Service service,
            Service.Port port,
            String subset,
            boolean http2,
            Collection<String> identities) {
        return switch (tls.mode()) {
            case DISABLE -> Optional.empty();
            case ISTIO_MUTUAL ->
                    Optional.of(
                            TlsContexts.client(
                                    tls.sni() == null ? sni(service, port, subset) : tls.sni(),
                                    tls.subjectAltNames().isEmpty()
                                            ? identities
                                            : tls.subjectAltNames(),
                                    alpn(http2)));
            case SIMPLE ->
                    Optional.of(withFiles(tls, service.host(), service.identities(), http2, false));
            case MUTUAL ->
                    Optional.of(withFiles(tls, service.host(), service.identities(), http2, true));
        };
    }

    /// Towards a server that is no service of the mesh.
    ///
    /// @param tls not with the mode DISABLE
    static TransportSocket toServer(ClientTlsSettings tls, String host, boolean http2) {
        return switch (tls.mode()) {
            case DISABLE -> throw new IllegalArgumentException("no TLS is asked for");
            case ISTIO_MUTUAL ->
                    TlsContexts.client(
                            tls.sni() == null ? host : tls.sni(),
                            tls.subjectAltNames(),
                            alpn(http2));
            case SIMPLE -> withFiles(tls, host, List.of(), http2, false);
            case MUTUAL -> withFiles(tls, host, List.of(), http2, true);
        };
    }

    static TransportSocket ofTheMesh(
            Service service,
            Service.Port port,
            String subset,
            boolean http2,
            Collection<String> identities) {
        return TlsContexts.client(sni(service, port, subset), identities, alpn(http2));
    }

    private static String sni(Service service, Service.Port port, String subset) {
        return Names.sni(port.number(), subset, service.host());
    }

    private static List<String> alpn(boolean http2) {
        return http2 ? List.of(TlsContexts.MESH_ALPN, "h2") : List.of(TlsContexts.MESH_ALPN);
    }

    /// @param identities names that the server has where `tls` names none; empty: it has the host's
    private static TransportSocket withFiles(
            ClientTlsSettings tls,
            String host,
            List<String> identities,
            boolean http2,
            boolean certificate) {
        var name = tls.sni() == null ? host : tls.sni();
        var common =
                CommonTlsContext.newBuilder()
                        .setTlsParams(TlsContexts.VERSIONS)
                        .setValidationContext(
                                validation(tls, identities.isEmpty() ? List.of(name) : identities));
        if (http2) {
            common.addAlpnProtocols("h2");
        }
        if (certificate) {
            TlsFiles.certificate(tls.clientCertificate(), tls.privateKey())
                    .ifPresent(common::addTlsCertificates);
        }
        return TlsContexts.upstream(
                UpstreamTlsContext.newBuilder().setSni(name).setCommonTlsContext(common).build());
    }

    private static CertificateValidationContext validation(
            ClientTlsSettings tls, List<String> otherwise) {
        var validation = CertificateValidationContext.newBuilder();
        if (Boolean.TRUE.equals(tls.insecureSkipVerify())) {
            return validation.build();
        }
        if (tls.caCertificates() == null) {
            validation.setTrustedCa(TlsFiles.file(SYSTEM_ROOTS));
        } else {
            TlsFiles.trust(validation, tls.caCertificates());
        }
        if (tls.caCrl() != null) {
            validation.setCrl(TlsFiles.file(tls.caCrl()));
        }
        TlsFiles.names(
                validation, tls.subjectAltNames().isEmpty() ? otherwise : tls.subjectAltNames());
        return validation.build();
    }
}
