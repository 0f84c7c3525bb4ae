package dev.quartet.citadel.sds;

import com.google.protobuf.ByteString;
import dev.quartet.citadel.authorize.Authorizer;
import dev.quartet.citadel.credential.Credential.Callers;
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
import java.security.cert.CRLException;
import java.security.cert.X509CRL;
import java.util.HexFormat;

/// Makes the two secrets of a proxy, and those of credentials. A version says what is inside: the certificate's serial number, else a hash
/// of what is public.
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
                secret(Authorizer.OWN_CERTIFICATE, material, Pem.encode(material.chain())),
                material.leaf().getSerialNumber().toString(16));
    }

    private static Secret secret(String name, KeyMaterial material, String chain) {
        return Secret.newBuilder()
                .setName(name)
                .setTlsCertificate(
                        TlsCertificate.newBuilder()
                                .setCertificateChain(inline(chain))
                                .setPrivateKey(inline(Pem.encode(material.key()))))
                .build();
    }

    static VersionedResource<Secret> certificate(String name, KeyMaterial material) {
        var chain = Pem.encode(material.chain());
        return VersionedResource.create(secret(name, material, chain), hash(chain));
    }

    static VersionedResource<Secret> callers(String name, Callers callers) {
        var authorities = Pem.encode(callers.authorities());
        var lists = new StringBuilder();
        callers.revocations().forEach(list -> lists.append(pem(list)));
        var context = CertificateValidationContext.newBuilder().setTrustedCa(inline(authorities));
        if (!lists.isEmpty()) {
            context.setCrl(inline(lists.toString()));
        }
        return VersionedResource.create(
                Secret.newBuilder().setName(name).setValidationContext(context).build(),
                hash(authorities + lists));
    }

    private static String pem(X509CRL list) {
        try {
            return Pem.encode("X509 CRL", list.getEncoded());
        } catch (CRLException e) {
            throw new IllegalStateException("a list that was read can't be encoded", e);
        }
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
