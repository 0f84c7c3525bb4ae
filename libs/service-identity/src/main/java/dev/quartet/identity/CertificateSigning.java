package dev.quartet.identity;

import dev.quartet.wire.ca.IstioCertificateRequest;
import dev.quartet.wire.ca.IstioCertificateServiceGrpc;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.jspecify.annotations.Nullable;

/// One call of `istio.v1.auth.IstioCertificateService/CreateCertificate`: a new key, its request, the answer checked.
final class CertificateSigning {

    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final int DEADLINE_SECONDS = 10;

    private CertificateSigning() {}

    /// @param token sent as bearer token when present
    /// @throws StatusRuntimeException when Citadel can't be reached or refuses
    /// @throws GeneralSecurityException when what came back is not a certificate for the key that was sent
    static KeyMaterial request(String address, SslContext tls, @Nullable JoinToken token)
            throws GeneralSecurityException, IOException {
        var keys = KeyMaterial.newKeyPair();
        var channel =
                NettyChannelBuilder.forTarget("dns:///" + address)
                        .sslContext(tls)
                        .proxyDetector(target -> null)
                        .build();
        try {
            var stub =
                    IstioCertificateServiceGrpc.newBlockingStub(channel)
                            .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
            if (token != null) {
                var headers = new Metadata();
                headers.put(AUTHORIZATION, token.authorization());
                stub = stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
            }
            var answer =
                    stub.createCertificate(
                            IstioCertificateRequest.newBuilder().setCsr(csr(keys)).build());
            List<X509Certificate> chain = new ArrayList<>();
            for (var pem : answer.getCertChainList()) {
                chain.addAll(Pem.certificates(pem));
            }
            return new KeyMaterial(keys.getPrivate(), chain);
        } catch (IllegalArgumentException e) {
            throw new GeneralSecurityException(
                    "Citadel's answer can't be used: " + e.getMessage(), e);
        } finally {
            channel.shutdownNow();
        }
    }

    /// A PKCS #10 request without any name: Citadel takes the identity from the caller's credentials.
    private static String csr(KeyPair keys) throws GeneralSecurityException, IOException {
        try {
            var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate());
            var request =
                    new JcaPKCS10CertificationRequestBuilder(
                                    new X500Name("O=quartet"), keys.getPublic())
                            .build(signer);
            return Pem.encode("CERTIFICATE REQUEST", request.getEncoded());
        } catch (OperatorCreationException e) {
            throw new GeneralSecurityException("a certificate request can't be signed", e);
        }
    }
}
