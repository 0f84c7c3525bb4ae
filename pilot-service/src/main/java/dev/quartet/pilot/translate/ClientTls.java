package dev.quartet.pilot.translate;

import dev.quartet.config.networking.ClientTlsSettings;
import dev.quartet.config.networking.ClientTlsSettings.Mode;
import dev.quartet.pilot.snapshot.Service;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// What a DestinationRule says about TLS towards a service. The server is always verified unless the user says otherwise: by
/// `caCertificates`, else by the CA of the Secret `credentialName`, else by the roots of the proxy's system, and by name, which is `subjectAltNames`, else the ServiceEntry's, else `sni`, else the host.
/// Certificates are in files (see [TlsFiles]), or come from Citadel out of a Secret in the caller's namespace; while it has none, no connection comes about.
final class ClientTls {
    /// Where Debian, Ubuntu and Envoy's own images have them. Where there is no such file Envoy refuses the cluster, and nothing goes out
    /// unverified. `system_root_certs` is no way: Envoy then knows no CA, and refuses to compare names.
    private static final String SYSTEM_ROOTS = "/etc/ssl/certs/ca-certificates.crt";

    private ClientTls() {}

    /// What of TLS towards a server the request itself says: the name to ask for, and that the certificate must be for it.
    record Named(boolean sni, boolean certificate) {
        static final Named BOTH = new Named(true, true);
        private static final Named NEITHER = new Named(false, false);

        /// Of a service with dynamic names. What the user says comes first, and a service with one name is known by that.
        static Named of(Optional<ClientTlsSettings> tls, Service service) {
            return tls.filter(it -> it.mode() != Mode.DISABLE)
                    .map(it ->
                            service.host().startsWith("*")
                                            && it.mode() != Mode.ISTIO_MUTUAL
                                            && it.sni() == null
                                    ? new Named(true, isFree(it, service))
                                    : NEITHER)
                    .orElse(BOTH);
        }

        /// Of a wildcard that is read as HTTP, where the user does not say the server's name; empty for all others.
        static Optional<Named> ofWildcard(
                Optional<ClientTlsSettings> tls, Service service, Service.Port port) {
            return tls.filter(it -> it.mode() == Mode.SIMPLE || it.mode() == Mode.MUTUAL)
                    .filter(it -> it.sni() == null && service.host().startsWith("*"))
                    .filter(_ -> VirtualHosts.mayBeHttp(port))
                    .map(it -> new Named(true, isFree(it, service)));
        }

        private static boolean isFree(ClientTlsSettings tls, Service service) {
            return tls.subjectAltNames().isEmpty()
                    && service.identities().isEmpty()
                    && !Boolean.TRUE.equals(tls.insecureSkipVerify());
        }

        boolean fully() {
            return sni && certificate;
        }
    }

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
            case SIMPLE -> Optional.of(withFiles(tls, service, port, http2, false));
            case MUTUAL -> Optional.of(withFiles(tls, service, port, http2, true));
        };
    }

    private static TransportSocket withFiles(
            ClientTlsSettings tls,
            Service service,
            Service.Port port,
            boolean http2,
            boolean certificate) {
        var asked = Optional.of(tls);
        var named =
                DynamicNames.has(service)
                        ? Named.of(asked, service)
                        : Named.ofWildcard(asked, service, port).orElse(Named.NEITHER);
        var name = tls.sni() == null ? service.host() : tls.sni();
        var names =
                !service.identities().isEmpty()
                        ? service.identities()
                        : named.certificate() ? List.<String>of() : List.of(name);
        return withFiles(tls, named.sni() ? "" : name, names, http2, certificate);
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
            case SIMPLE -> ofServer(tls, host, http2, false);
            case MUTUAL -> ofServer(tls, host, http2, true);
        };
    }

    private static TransportSocket ofServer(
            ClientTlsSettings tls, String host, boolean http2, boolean certificate) {
        var name = tls.sni() == null ? host : tls.sni();
        return withFiles(tls, name, List.of(name), http2, certificate);
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

    /// @param sni empty: the request says it
    /// @param names one of which the server has, where `tls` names none; empty: the request says it
    private static TransportSocket withFiles(
            ClientTlsSettings tls,
            String sni,
            List<String> names,
            boolean http2,
            boolean certificate) {
        var common = CommonTlsContext.newBuilder().setTlsParams(TlsContexts.VERSIONS);
        var secret = tls.credentialName();
        var validation = validation(tls, names);
        if (secret == null || Boolean.TRUE.equals(tls.insecureSkipVerify())) {
            common.setValidationContext(validation);
        } else {
            common.setCombinedValidationContext(TlsContexts.credentialsOf(secret, validation));
        }
        if (http2) {
            common.addAlpnProtocols("h2");
        }
        if (certificate && secret != null) {
            common.addTlsCertificateSdsSecretConfigs(TlsContexts.credential(secret));
        } else if (certificate) {
            TlsFiles.certificate(tls.clientCertificate(), tls.privateKey())
                    .ifPresent(common::addTlsCertificates);
        }
        return TlsContexts.upstream(
                UpstreamTlsContext.newBuilder().setSni(sni).setCommonTlsContext(common).build());
    }

    private static CertificateValidationContext validation(
            ClientTlsSettings tls, List<String> otherwise) {
        var validation = CertificateValidationContext.newBuilder();
        if (Boolean.TRUE.equals(tls.insecureSkipVerify())) {
            return validation.build();
        }
        if (tls.caCertificates() != null) {
            TlsFiles.trust(validation, tls.caCertificates());
        } else if (tls.credentialName() == null) {
            validation.setTrustedCa(TlsFiles.file(SYSTEM_ROOTS));
        }
        if (tls.caCrl() != null) {
            validation.setCrl(TlsFiles.file(tls.caCrl()));
        }
        TlsFiles.names(
                validation, tls.subjectAltNames().isEmpty() ? otherwise : tls.subjectAltNames());
        return validation.build();
    }
}
