package dev.quartet.citadel.issue;

import dev.quartet.citadel.issue.IssuedCertificate.Door;
import dev.quartet.citadel.root.RootAuthority;
import dev.quartet.identity.KeyMaterial;
import dev.quartet.identity.SpiffeId;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;

/// Issues leaves: template, signature, check of what was really signed. Thread-safe.
public final class CertificateIssuer {

    private static final Duration SHORTEST = Duration.ofSeconds(1);

    private final RootAuthority root;
    private final ServingNames names;
    private final Duration defaultLife;
    private final Duration longestLife;
    private final IssuedCertificates issued;
    private final Clock clock;

    /// @param names for who serves others than proxies
    /// @param longestLife what a request may ask for at most
    public CertificateIssuer(
            RootAuthority root,
            ServingNames names,
            Duration defaultLife,
            Duration longestLife,
            IssuedCertificates issued,
            Clock clock) {
        if (defaultLife.compareTo(SHORTEST) < 0 || longestLife.compareTo(defaultLife) < 0) {
            throw new IllegalArgumentException(
                    "a certificate's life of %s with %s at most can't be; the default is at least one second and at most the longest life"
                            .formatted(defaultLife, longestLife));
        }
        this.root = root;
        this.names = names;
        this.defaultLife = defaultLife;
        this.longestLife = longestLife;
        this.issued = issued;
        this.clock = clock;
    }

    /// A chain for `caller`, leaf first, root last. The identity comes from authentication, never from the request.
    ///
    /// @param wantedLife zero for the default; a longer one than is allowed is cut
    /// @throws RequestRefused when `wantedLife` is negative
    public List<X509Certificate> issue(
            SpiffeId caller, CertificateRequest request, Duration wantedLife)
            throws RequestRefused {
        if (wantedLife.isNegative()) {
            throw new RequestRefused(
                    RequestRefused.Reason.BAD_LIFE, "a certificate's life is not negative");
        }
        var life = wantedLife.isZero() ? defaultLife : wantedLife;
        return List.of(
                sign(
                        template(
                                caller,
                                request.publicKey(),
                                life.compareTo(longestLife) > 0 ? longestLife : life),
                        Door.CSR),
                root.certificate());
    }

    /// A new key with its leaf, for a proxy that gets both by SDS.
    public KeyMaterial issueWithKey(SpiffeId caller) {
        var keys = KeyMaterial.newKeyPair();
        return new KeyMaterial(
                keys.getPrivate(),
                List.of(sign(template(caller, keys.getPublic(), defaultLife), Door.SDS)));
    }

    /// A new key with its leaf for Citadel's own door, with the names it is reached by.
    KeyMaterial issueServing(SpiffeId citadel) {
        var keys = KeyMaterial.newKeyPair();
        var template = template(citadel, keys.getPublic(), defaultLife);
        return new KeyMaterial(keys.getPrivate(), List.of(sign(template, Door.SELF)));
    }

    private Template template(SpiffeId identity, PublicKey key, Duration life) {
        var now = clock.instant();
        if (!now.isBefore(root.notAfter())) {
            throw new IllegalStateException("the root expired at " + root.notAfter());
        }
        return Template.leaf(identity, key, now, life, root.notAfter()).with(names.of(identity));
    }

    private X509Certificate sign(Template template, Door door) {
        var leaf = root.sign(build(template));
        Profile.check(leaf, template, root.certificate());
        issued.add(
                new IssuedCertificate(
                        template.identity(),
                        leaf.getSerialNumber().toString(16),
                        leaf.getNotBefore().toInstant(),
                        leaf.getNotAfter().toInstant(),
                        door,
                        clock.instant()));
        return leaf;
    }

    private X509v3CertificateBuilder build(Template template) {
        var names = new ArrayList<GeneralName>();
        names.add(
                new GeneralName(GeneralName.uniformResourceIdentifier, template.identity().uri()));
        template.dnsNames().forEach(name -> names.add(new GeneralName(GeneralName.dNSName, name)));
        template.ipAddresses()
                .forEach(address -> names.add(new GeneralName(GeneralName.iPAddress, address)));
        var key = SubjectPublicKeyInfo.getInstance(template.publicKey().getEncoded());
        var rsa = template.publicKey().getAlgorithm().equals("RSA");
        var builder =
                new X509v3CertificateBuilder(
                        root.subject(),
                        template.serial(),
                        Date.from(template.notBefore()),
                        Date.from(template.notAfter()),
                        new X500Name(new RDN[0]),
                        key);
        try {
            var identifiers = new JcaX509ExtensionUtils();
            builder.addExtension(
                    Extension.subjectAlternativeName,
                    true,
                    new GeneralNames(names.toArray(GeneralName[]::new)));
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(
                    Extension.keyUsage,
                    true,
                    new KeyUsage(KeyUsage.digitalSignature | (rsa ? KeyUsage.keyEncipherment : 0)));
            builder.addExtension(
                    Extension.extendedKeyUsage,
                    false,
                    new ExtendedKeyUsage(
                            new KeyPurposeId[] {
                                KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
                            }));
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    identifiers.createAuthorityKeyIdentifier(root.certificate().getPublicKey()));
            return builder;
        } catch (CertIOException | NoSuchAlgorithmException e) {
            throw new IllegalStateException("a certificate can't be built", e);
        }
    }
}
