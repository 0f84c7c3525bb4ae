package dev.quartet.citadel.root;

import dev.quartet.citadel.keep.KeptSecret;
import dev.quartet.citadel.keep.SecretFile;
import dev.quartet.identity.KeyMaterial;
import dev.quartet.identity.Pem;
import dev.quartet.identity.PrivateFiles;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// The self-signed P-256 root, ten years long, in `root.pem` (key and certificate in one 0600 file) or another [KeptSecret]. Of several
/// processes that start at once exactly one makes it, and a process killed half-way leaves either no root or a whole
/// one. Immutable and thread-safe; the key never leaves this class.
public final class RootAuthority {

    private static final String FILE = "root.pem";
    private static final String PUBLIC_FILE = "root-cert.pem";
    private static final Duration LIFE = Duration.ofDays(3650);
    private static final Duration BACKDATING = Duration.ofMinutes(1);

    private final KeyMaterial material;
    private final X500Name subject;

    private RootAuthority(KeyMaterial material) {
        this.material = material;
        this.subject = X500Name.getInstance(material.leaf().getSubjectX500Principal().getEncoded());
    }

    /// Loads the root from `stateDir`, or makes folder and root.
    ///
    /// @throws IOException when the file can't be written or read, can be read by others, or holds no usable root;
    ///     a broken root is never replaced by a new one, since the whole mesh trusts the old one
    public static RootAuthority loadOrCreate(Path stateDir, String trustDomain, Clock clock)
            throws IOException {
        var root = loadOrCreate(new SecretFile(stateDir.resolve(FILE)), trustDomain, clock);
        PrivateFiles.writePublic(stateDir.resolve(PUBLIC_FILE), root.pem());
        return root;
    }

    /// Loads the root from `kept`, or makes it.
    ///
    /// @throws IOException when `kept` can't be used or holds no usable root
    public static RootAuthority loadOrCreate(KeptSecret kept, String trustDomain, Clock clock)
            throws IOException {
        try {
            var material =
                    KeyMaterial.fromPem(
                            kept.loadOrCreate(() -> create(trustDomain, clock.instant()).toPem()));
            check(material, clock.instant());
            return new RootAuthority(material);
        } catch (GeneralSecurityException e) {
            throw new IOException(
                    "%s holds no usable root: %s; restore it from a copy, or delete it to begin a new mesh that no running proxy trusts"
                            .formatted(kept, e.getMessage()),
                    e);
        }
    }

    private static KeyMaterial create(String trustDomain, Instant now) {
        var keys = KeyMaterial.newKeyPair();
        var serial = new BigInteger(127, new SecureRandom()).setBit(126);
        var name =
                new X500NameBuilder(BCStyle.INSTANCE)
                        .addRDN(BCStyle.O, trustDomain)
                        .addRDN(BCStyle.CN, "Quartet root " + serial.toString(16).substring(0, 8))
                        .build();
        try {
            var builder =
                    new JcaX509v3CertificateBuilder(
                            name,
                            serial,
                            Date.from(now.minus(BACKDATING)),
                            Date.from(now.plus(LIFE)),
                            name,
                            keys.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
            builder.addExtension(
                    Extension.keyUsage,
                    true,
                    new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            builder.addExtension(
                    Extension.subjectKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createSubjectKeyIdentifier(keys.getPublic()));
            var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate());
            var certificate =
                    new JcaX509CertificateConverter().getCertificate(builder.build(signer));
            return new KeyMaterial(keys.getPrivate(), List.of(certificate));
        } catch (CertIOException | OperatorCreationException | GeneralSecurityException e) {
            throw new IllegalStateException("a root certificate can't be made", e);
        }
    }

    private static void check(KeyMaterial material, Instant now) throws GeneralSecurityException {
        var certificate = material.leaf();
        if (!material.key().getAlgorithm().equals("EC")) {
            throw new CertificateException("its key is not one on an elliptic curve");
        }
        if (certificate.getBasicConstraints() < 0) {
            throw new CertificateException("its certificate is not one of a certificate authority");
        }
        certificate.verify(certificate.getPublicKey());
        if (!now.isBefore(material.notAfter())) {
            throw new CertificateException("it expired at " + material.notAfter());
        }
    }

    public X509Certificate certificate() {
        return material.leaf();
    }

    public String pem() {
        return Pem.encode(material.leaf());
    }

    public X500Name subject() {
        return subject;
    }

    public Instant notAfter() {
        return material.notAfter();
    }

    /// Signs what `builder` holds, and parses it again.
    public X509Certificate sign(X509v3CertificateBuilder builder) {
        try {
            var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(material.key());
            return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
        } catch (OperatorCreationException | CertificateException e) {
            throw new IllegalStateException("the root can't sign", e);
        }
    }
}
