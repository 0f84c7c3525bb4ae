package dev.quartet.identity.testing;

import dev.quartet.identity.KeyMaterial;
import dev.quartet.identity.Pem;
import dev.quartet.identity.ServiceIdentity;
import dev.quartet.identity.SpiffeId;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// A root and what it signs, for tests that need a mesh's certificates without a Citadel.
public final class TestAuthority {

    private static final Duration LONG = Duration.ofDays(1);

    private final Clock clock;
    private final KeyPair keys = KeyMaterial.newKeyPair();
    private final X500Name name = new X500Name("O=test " + new BigInteger(64, new SecureRandom()));
    private final X509Certificate root;

    public TestAuthority(Clock clock) {
        this.clock = clock;
        var now = clock.instant();
        this.root =
                sign(
                        new JcaX509v3CertificateBuilder(
                                name,
                                BigInteger.ONE,
                                Date.from(now.minus(LONG)),
                                Date.from(now.plus(Duration.ofDays(3650))),
                                name,
                                keys.getPublic()),
                        builder -> {
                            builder.addExtension(
                                    Extension.basicConstraints, true, new BasicConstraints(true));
                            builder.addExtension(
                                    Extension.keyUsage,
                                    true,
                                    new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
                        });
    }

    public X509Certificate root() {
        return root;
    }

    /// A ready identity that is valid for a day.
    public ServiceIdentity identity(SpiffeId id) {
        return ServiceIdentity.fixed(issue(id, LONG), List.of(root), clock);
    }

    /// A new key with a certificate for both TLS roles.
    public KeyMaterial issue(SpiffeId id, Duration life) {
        var leafKeys = KeyMaterial.newKeyPair();
        return new KeyMaterial(
                leafKeys.getPrivate(), List.of(sign(id, leafKeys.getPublic(), life), root));
    }

    /// The same, for a server that has other names in DNS than `localhost`.
    public KeyMaterial issue(SpiffeId id, Duration life, String... dnsNames) {
        var leafKeys = KeyMaterial.newKeyPair();
        var leaf =
                sign(
                        id.uri(),
                        List.of(dnsNames),
                        leafKeys.getPublic(),
                        life,
                        KeyPurposeId.id_kp_serverAuth);
        return new KeyMaterial(leafKeys.getPrivate(), List.of(leaf, root));
    }

    /// A certificate for `key`, valid from now on for `life`. It is good for a server on loopback too, as those that
    /// Citadel gives the control plane's services are.
    public X509Certificate sign(SpiffeId id, PublicKey key, Duration life) {
        return sign(
                id.uri(), key, life, KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth);
    }

    /// A certificate with any URI and purposes, for tests of refusal.
    public X509Certificate sign(
            String uri, PublicKey key, Duration life, KeyPurposeId... purposes) {
        return sign(uri, List.of("localhost"), key, life, purposes);
    }

    private X509Certificate sign(
            String uri,
            List<String> dnsNames,
            PublicKey key,
            Duration life,
            KeyPurposeId... purposes) {
        var now = clock.instant();
        var names = new ArrayList<GeneralName>();
        names.add(new GeneralName(GeneralName.uniformResourceIdentifier, uri));
        dnsNames.forEach(name -> names.add(new GeneralName(GeneralName.dNSName, name)));
        names.add(new GeneralName(GeneralName.iPAddress, "127.0.0.1"));
        return sign(
                new JcaX509v3CertificateBuilder(
                        name,
                        new BigInteger(120, new SecureRandom()),
                        Date.from(now.minusSeconds(1)),
                        Date.from(now.plus(life)),
                        new X500Name(""),
                        key),
                builder -> {
                    builder.addExtension(
                            Extension.subjectAlternativeName,
                            true,
                            new GeneralNames(names.toArray(GeneralName[]::new)));
                    builder.addExtension(
                            Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purposes));
                });
    }

    /// The list of what this authority has revoked, in PEM.
    public String revocations(X509Certificate... revoked) {
        try {
            var now = Date.from(clock.instant());
            var list = new X509v2CRLBuilder(name, now);
            list.setNextUpdate(Date.from(clock.instant().plus(LONG)));
            for (var certificate : revoked) {
                list.addCRLEntry(certificate.getSerialNumber(), now, CRLReason.keyCompromise);
            }
            var signed =
                    list.build(
                            new JcaContentSignerBuilder("SHA256withECDSA")
                                    .build(keys.getPrivate()));
            return "-----BEGIN X509 CRL-----\n"
                    + Base64.getMimeEncoder(64, new byte[] {'\n'})
                            .encodeToString(signed.getEncoded())
                    + "\n-----END X509 CRL-----\n";
        } catch (IOException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }

    /// A certificate for `localhost` that nobody of the mesh signed, as an operator may have one.
    ///
    /// @param algorithm of the key, `EC` or `RSA`
    public static KeyMaterial selfSigned(String algorithm, Duration life) {
        try {
            var generator = KeyPairGenerator.getInstance(algorithm);
            generator.initialize(algorithm.equals("EC") ? 256 : 2048);
            var keys = generator.generateKeyPair();
            var name = new X500Name("CN=localhost");
            var now = Instant.now();
            var builder =
                    new JcaX509v3CertificateBuilder(
                            name,
                            new BigInteger(120, new SecureRandom()),
                            Date.from(now.minusSeconds(60)),
                            Date.from(now.plus(life)),
                            name,
                            keys.getPublic());
            var signer =
                    new JcaContentSignerBuilder(
                                    algorithm.equals("EC") ? "SHA256withECDSA" : "SHA256withRSA")
                            .build(keys.getPrivate());
            return new KeyMaterial(
                    keys.getPrivate(),
                    List.of(
                            new JcaX509CertificateConverter()
                                    .getCertificate(builder.build(signer))));
        } catch (OperatorCreationException | GeneralSecurityException e) {
            throw new IllegalStateException("the test's certificate can't be made", e);
        }
    }

    /// Writes the root as PEM and returns `file`.
    public Path writeRoot(Path file) throws IOException {
        return Files.writeString(file, Pem.encode(root));
    }

    private interface Extensions {
        void addTo(JcaX509v3CertificateBuilder builder) throws IOException;
    }

    private X509Certificate sign(JcaX509v3CertificateBuilder builder, Extensions extensions) {
        try {
            extensions.addTo(builder);
            var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate());
            return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
        } catch (IOException | OperatorCreationException | GeneralSecurityException e) {
            throw new IllegalStateException("the test's certificate can't be made", e);
        }
    }
}
