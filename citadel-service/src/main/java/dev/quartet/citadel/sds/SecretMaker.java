package dev.quartet.citadel.sds;

import com.google.protobuf.ByteString;
import dev.quartet.citadel.authorize.Authorizer;
import dev.quartet.citadel.issue.CertificateIssuer;
import dev.quartet.citadel.metrics.CitadelMetrics;
import dev.quartet.citadel.root.RootAuthority;
import dev.quartet.identity.KeyMaterial;
import dev.quartet.identity.Pem;
import dev.quartet.identity.SpiffeId;
import io.envoyproxy.controlplane.cache.VersionedResource;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// Makes the two secrets of a proxy. A version says what is inside: the certificate's serial number, the roots' hash.
final class SecretMaker {

    private final CertificateIssuer issuer;
    private final CitadelMetrics metrics;
    private final VersionedResource<Secret> roots;

    SecretMaker(CertificateIssuer issuer, RootAuthority root, CitadelMetrics metrics) {
        this.issuer = issuer;
        this.metrics = metrics;
        var pem = root.pem();
        this.roots =
                VersionedResource.create(
                        Secret.newBuilder()
                                .setName(Authorizer.ROOTS)
                                .setValidationContext(
                                        CertificateValidationContext.newBuilder()
                                                .setTrustedCa(inline(pem)))
                                .build(),
                        hash(pem));
    }

    /// A new key and certificate. The key lives in the stream's memory and in the proxy's, nowhere else.
    KeyMaterial newMaterial(SpiffeId identity) {
        var material = issuer.issueWithKey(identity);
        metrics.certificateIssued();
        return material;
    }

    VersionedResource<Secret> own(KeyMaterial material) {
        return VersionedResource.create(
                Secret.newBuilder()
                        .setName(Authorizer.OWN_CERTIFICATE)
                        .setTlsCertificate(
                                TlsCertificate.newBuilder()
                                        .setCertificateChain(inline(Pem.encode(material.chain())))
                                        .setPrivateKey(inline(Pem.encode(material.key()))))
                        .build(),
                material.leaf().getSerialNumber().toString(16));
    }

    VersionedResource<Secret> roots() {
        return roots;
    }

    private static DataSource inline(String pem) {
        return DataSource.newBuilder().setInlineBytes(ByteString.copyFromUtf8(pem)).build();
    }

    private static String hash(String text) {
        try {
            return HexFormat.of()
                    .formatHex(
                            MessageDigest.getInstance("SHA-256")
                                    .digest(text.getBytes(StandardCharsets.UTF_8)),
                            0,
                            16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
