package dev.quartet.pilot.translate;

import dev.quartet.config.networking.Gateway;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsParameters;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// TLS that ends at a proxy by what users say: the server shows a certificate out of files, or of a Secret, and looks at what callers show, by the mode. TLS 1.2 and 1.3 unless
/// the user says otherwise.
final class ServerTls {
    private ServerTls() {}

    /// @param http whether HTTP is read in it
    /// @return empty where TLS does not end at the proxy by that mode, or what it needs is not there: it would protect nobody
    static Optional<TransportSocket> socket(Gateway.ServerTlsSettings tls, boolean http) {
        var common =
                CommonTlsContext.newBuilder()
                        .setTlsParams(parameters(tls))
                        .addAllAlpnProtocols(http ? List.of("h2", "http/1.1") : List.of());
        TlsFiles.certificate(tls.serverCertificate(), tls.privateKey())
                .ifPresent(common::addTlsCertificates);
        tls.tlsCertificates()
                .forEach(
                        files -> TlsFiles.certificate(files).ifPresent(common::addTlsCertificates));
        credentials(tls)
                .forEach(name ->
                        common.addTlsCertificateSdsSecretConfigs(TlsContexts.credential(name)));
        if (common.getTlsCertificatesCount() + common.getTlsCertificateSdsSecretConfigsCount()
                == 0) {
            return Optional.empty();
        }
        return switch (tls.mode()) {
            case SIMPLE -> Optional.of(socket(common, false));
            case MUTUAL, OPTIONAL_MUTUAL ->
                    verifying(common, tls)
                            .map(verifying -> socket(verifying, tls.mode() == Gateway.Mode.MUTUAL));
            case null -> Optional.empty();
            case PASSTHROUGH, AUTO_PASSTHROUGH, ISTIO_MUTUAL -> Optional.empty();
        };
    }

    private static TransportSocket socket(CommonTlsContext.Builder common, boolean required) {
        var context = DownstreamTlsContext.newBuilder().setCommonTlsContext(common);
        if (required) {
            context.setRequireClientCertificate(Envoy.yes());
        }
        return TlsContexts.downstream(context.build());
    }

    /// mTLS of the mesh that ends at a gateway. Callers' names may be said, as by the other modes.
    static TransportSocket ofTheMesh(Gateway.ServerTlsSettings tls) {
        return TlsContexts.server(parameters(tls), expected(tls).build());
    }

    /// @return empty where nobody says whose certificates are good
    private static Optional<CommonTlsContext.Builder> verifying(
            CommonTlsContext.Builder common, Gateway.ServerTlsSettings tls) {
        var expected = expected(tls);
        if (given(tls.caCertificates())) {
            TlsFiles.trust(expected, Objects.requireNonNull(tls.caCertificates()));
            return Optional.of(common.setValidationContext(expected));
        }
        var named =
                given(tls.caCertCredentialName())
                        ? Optional.ofNullable(tls.caCertCredentialName())
                        : credentials(tls).stream().findFirst();
        return named.map(name ->
                common.setCombinedValidationContext(
                        TlsContexts.credentialsOf(name, expected.build())));
    }

    private static List<String> credentials(Gateway.ServerTlsSettings tls) {
        var name = tls.credentialName();
        return name != null && !name.isEmpty() ? List.of(name) : tls.credentialNames();
    }

    private static boolean given(@Nullable String text) {
        return text != null && !text.isEmpty();
    }

    /// What callers' certificates must be, beside that a CA has signed them.
    private static CertificateValidationContext.Builder expected(Gateway.ServerTlsSettings tls) {
        var expected =
                CertificateValidationContext.newBuilder()
                        .addAllVerifyCertificateSpki(tls.verifyCertificateSpki())
                        .addAllVerifyCertificateHash(tls.verifyCertificateHash());
        if (tls.caCrl() != null) {
            expected.setCrl(TlsFiles.file(tls.caCrl()));
        }
        TlsFiles.names(expected, tls.subjectAltNames());
        return expected;
    }

    /// A lowest version that is left out is not above the highest.
    private static TlsParameters parameters(Gateway.ServerTlsSettings tls) {
        var lowest = version(tls.minProtocolVersion(), TlsParameters.TlsProtocol.TLSv1_2);
        var highest = version(tls.maxProtocolVersion(), TlsParameters.TlsProtocol.TLSv1_3);
        return TlsParameters.newBuilder()
                .setTlsMinimumProtocolVersion(lowest.compareTo(highest) > 0 ? highest : lowest)
                .setTlsMaximumProtocolVersion(highest)
                .addAllCipherSuites(tls.cipherSuites())
                .build();
    }

    private static TlsParameters.TlsProtocol version(
            Gateway.@Nullable TlsProtocol said, TlsParameters.TlsProtocol otherwise) {
        return switch (said) {
            case null -> otherwise;
            case TLS_AUTO -> otherwise;
            case TLSV1_0 -> TlsParameters.TlsProtocol.TLSv1_0;
            case TLSV1_1 -> TlsParameters.TlsProtocol.TLSv1_1;
            case TLSV1_2 -> TlsParameters.TlsProtocol.TLSv1_2;
            case TLSV1_3 -> TlsParameters.TlsProtocol.TLSv1_3;
        };
    }
}
