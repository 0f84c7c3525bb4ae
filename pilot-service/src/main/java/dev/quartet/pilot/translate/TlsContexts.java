package dev.quartet.pilot.translate;

import com.google.protobuf.Duration;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.BackoffStrategy;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.core.v3.RetryPolicy;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsParameters;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.Collection;
import java.util.List;

/// mTLS between proxies, with certificates that come by SDS from Citadel.
/// Every context has the very same SDS source as the bootstrap (`libs/envoy-bootstrap`): equal sources share a stream.
final class TlsContexts {
    /// What a sidecar offers by ALPN, so that the other side knows it from a client outside the mesh.
    static final String MESH_ALPN = "istio";

    private static final String TLS_SOCKET = "envoy.transport_sockets.tls";
    private static final String AUTHORITY = "-cacert";
    private static final ConfigSource CITADEL = citadel(Duration.getDefaultInstance());

    /// A listener with many servers must not wait for ever for one Secret that nobody has.
    private static final ConfigSource CREDENTIALS =
            citadel(Duration.newBuilder().setSeconds(5).build());

    static final TlsParameters VERSIONS =
            TlsParameters.newBuilder()
                    .setTlsMinimumProtocolVersion(TlsParameters.TlsProtocol.TLSv1_2)
                    .setTlsMaximumProtocolVersion(TlsParameters.TlsProtocol.TLSv1_3)
                    .build();

    private TlsContexts() {}

    /// A mesh client: its own certificate, a server whose SPIFFE id is one of `servers`.
    ///
    /// @param alpn `h2` only for a cluster that speaks HTTP/2: the server would take the offer, and every request break
    static TransportSocket client(String sni, Collection<String> servers, List<String> alpn) {
        var context =
                UpstreamTlsContext.newBuilder()
                        .setSni(sni)
                        .setCommonTlsContext(common(servers).addAllAlpnProtocols(alpn));
        return upstream(context.build());
    }

    static TransportSocket upstream(UpstreamTlsContext context) {
        return TransportSocket.newBuilder()
                .setName(TLS_SOCKET)
                .setTypedConfig(Envoy.any(context))
                .build();
    }

    /// A mesh server: asks every client for a certificate of the mesh.
    static TransportSocket server() {
        return server(VERSIONS, CertificateValidationContext.getDefaultInstance());
    }

    /// @param callers what more their certificates must be
    static TransportSocket server(TlsParameters versions, CertificateValidationContext callers) {
        var context =
                DownstreamTlsContext.newBuilder()
                        .setRequireClientCertificate(Envoy.yes())
                        .setCommonTlsContext(
                                common(callers)
                                        .setTlsParams(versions)
                                        .addAllAlpnProtocols(List.of("h2", "http/1.1")));
        return downstream(context.build());
    }

    /// @param clients of which one must match a name in the client's certificate; empty: any of the mesh
    static TransportSocket server(List<StringMatcher> clients) {
        var validation = CertificateValidationContext.newBuilder();
        clients.forEach(client ->
                validation.addMatchTypedSubjectAltNames(
                        SubjectAltNameMatcher.newBuilder()
                                .setSanType(SubjectAltNameMatcher.SanType.URI)
                                .setMatcher(client)));
        return server(VERSIONS, validation.build());
    }

    static TransportSocket downstream(DownstreamTlsContext context) {
        return TransportSocket.newBuilder()
                .setName(TLS_SOCKET)
                .setTypedConfig(Envoy.any(context))
                .build();
    }

    static TransportSocket plaintext() {
        return TransportSocket.newBuilder()
                .setName("envoy.transport_sockets.raw_buffer")
                .setTypedConfig(Envoy.any(RawBuffer.getDefaultInstance()))
                .build();
    }

    private static CommonTlsContext.Builder common(Collection<String> peers) {
        var validation = CertificateValidationContext.newBuilder();
        for (var peer : peers) {
            validation.addMatchTypedSubjectAltNames(
                    SubjectAltNameMatcher.newBuilder()
                            .setSanType(SubjectAltNameMatcher.SanType.URI)
                            .setMatcher(StringMatcher.newBuilder().setExact(peer)));
        }
        return common(validation.build());
    }

    private static CommonTlsContext.Builder common(CertificateValidationContext validation) {
        return CommonTlsContext.newBuilder()
                .setTlsParams(VERSIONS)
                .addTlsCertificateSdsSecretConfigs(secret("default"))
                .setCombinedValidationContext(
                        CommonTlsContext.CombinedCertificateValidationContext.newBuilder()
                                .setDefaultValidationContext(validation)
                                .setValidationContextSdsSecretConfig(secret("ROOTCA")));
    }

    private static SdsSecretConfig secret(String name) {
        return SdsSecretConfig.newBuilder().setName(name).setSdsConfig(CITADEL).build();
    }

    /// The certificate of a Secret that a user names. While it is not there, handshakes that need it fail; what else the listener or the cluster set has is served.
    static SdsSecretConfig credential(String name) {
        return SdsSecretConfig.newBuilder().setName(name).setSdsConfig(CREDENTIALS).build();
    }

    /// What a Secret that a user names says of whose certificates are good.
    ///
    /// @param expected what else they must be
    static CommonTlsContext.CombinedCertificateValidationContext credentialsOf(
            String name, CertificateValidationContext expected) {
        return CommonTlsContext.CombinedCertificateValidationContext.newBuilder()
                .setDefaultValidationContext(expected)
                .setValidationContextSdsSecretConfig(
                        credential(name.endsWith(AUTHORITY) ? name : name + AUTHORITY))
                .build();
    }

    /// @param wait for the first content; zero: as long as it takes
    private static ConfigSource citadel(Duration wait) {
        var backOff =
                BackoffStrategy.newBuilder()
                        .setBaseInterval(Duration.newBuilder().setNanos(500_000_000))
                        .setMaxInterval(Duration.newBuilder().setSeconds(3));
        return ConfigSource.newBuilder()
                .setResourceApiVersion(ApiVersion.V3)
                .setInitialFetchTimeout(wait)
                .setApiConfigSource(
                        ApiConfigSource.newBuilder()
                                .setApiType(ApiConfigSource.ApiType.DELTA_GRPC)
                                .setTransportApiVersion(ApiVersion.V3)
                                .setSetNodeOnFirstMessageOnly(true)
                                .addGrpcServices(
                                        GrpcService.newBuilder()
                                                .setEnvoyGrpc(
                                                        GrpcService.EnvoyGrpc.newBuilder()
                                                                .setClusterName("sds-grpc")
                                                                .setRetryPolicy(
                                                                        RetryPolicy.newBuilder()
                                                                                .setRetryBackOff(
                                                                                        backOff)))))
                .build();
    }
}
