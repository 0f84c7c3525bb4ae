package dev.quartet.citadel.credential;

import dev.quartet.identity.KeyMaterial;
import dev.quartet.identity.Pem;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
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
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/// A certificate authority outside the mesh, with an intermediate if asked for, and what it signs for gateways and their callers.
public final class Authority {

    private static final Duration LONG = Duration.ofDays(365);

    /// How a leaf differs from a good one.
    public record Leaf(
            String host,
            String algorithm,
            int bits,
            Instant notBefore,
            Instant notAfter,
            @Nullable KeyPurposeId purpose,
            String hash) {
        public static Leaf of(String host, Instant now) {
            return new Leaf(
                    host,
                    "EC",
                    256,
                    now.minusSeconds(60),
                    now.plus(Duration.ofDays(30)),
                    KeyPurposeId.id_kp_serverAuth,
                    "SHA256");
        }

        public Leaf key(String newAlgorithm, int newBits) {
            return new Leaf(host, newAlgorithm, newBits, notBefore, notAfter, purpose, hash);
        }

        public Leaf from(Instant start, Instant end) {
            return new Leaf(host, algorithm, bits, start, end, purpose, hash);
        }

        public Leaf purpose(@Nullable KeyPurposeId newPurpose) {
            return new Leaf(host, algorithm, bits, notBefore, notAfter, newPurpose, hash);
        }

        public Leaf hash(String newHash) {
            return new Leaf(host, algorithm, bits, notBefore, notAfter, purpose, newHash);
        }
    }

    private final String name;
    private final KeyPair keys;
    private final X509Certificate certificate;
    private final List<X509Certificate> above;

    private Authority(
            String name, KeyPair keys, X509Certificate certificate, List<X509Certificate> above) {
        this.name = name;
        this.keys = keys;
        this.certificate = certificate;
        this.above = above;
    }

    public static Authority root(String name, Instant now) {
        var keys = keys("EC", 256);
        var self =
                sign(
                        new X500Name("CN=" + name),
                        keys.getPrivate(),
                        new X500Name("CN=" + name),
                        keys,
                        now.minus(LONG),
                        now.plus(LONG),
                        "SHA256",
                        List.of(authority()));
        return new Authority(name, keys, self, List.of());
    }

    public Authority intermediate(String itsName, Instant now) {
        var its = keys("EC", 256);
        var signed =
                sign(
                        new X500Name("CN=" + name),
                        keys.getPrivate(),
                        new X500Name("CN=" + itsName),
                        its,
                        now.minus(LONG),
                        now.plus(LONG),
                        "SHA256",
                        List.of(authority()));
        return new Authority(itsName, its, signed, List.of(signed));
    }

    public X509Certificate certificate() {
        return certificate;
    }

    public String pem() {
        return Pem.encode(certificate);
    }

    /// Leaf first, then intermediates.
    public KeyMaterial issue(Leaf leaf) {
        var its = keys(leaf.algorithm(), leaf.bits());
        var extensions = new ArrayList<Added>();
        extensions.add(
                new Added(
                        Extension.subjectAlternativeName,
                        new GeneralNames(
                                new GeneralName[] {
                                    new GeneralName(GeneralName.dNSName, leaf.host()),
                                    new GeneralName(GeneralName.iPAddress, "127.0.0.1")
                                })));
        if (leaf.purpose() != null) {
            extensions.add(
                    new Added(Extension.extendedKeyUsage, new ExtendedKeyUsage(leaf.purpose())));
        }
        var chain = new ArrayList<X509Certificate>();
        chain.add(
                sign(
                        new X500Name("CN=" + name),
                        keys.getPrivate(),
                        new X500Name("CN=" + leaf.host()),
                        its,
                        leaf.notBefore(),
                        leaf.notAfter(),
                        leaf.hash(),
                        extensions));
        chain.addAll(above);
        return new KeyMaterial(its.getPrivate(), chain);
    }

    public KeyMaterial issue(String host, Instant now) {
        return issue(Leaf.of(host, now));
    }

    /// What it has revoked, in PEM.
    public String revocations(Instant now, Instant nextUpdate, X509Certificate... revoked) {
        try {
            var list = new X509v2CRLBuilder(new X500Name("CN=" + name), Date.from(now));
            list.setNextUpdate(Date.from(nextUpdate));
            for (var one : revoked) {
                list.addCRLEntry(one.getSerialNumber(), Date.from(now), CRLReason.keyCompromise);
            }
            return Pem.encode(
                    "X509 CRL",
                    list.build(
                                    new JcaContentSignerBuilder("SHA256withECDSA")
                                            .build(keys.getPrivate()))
                            .getEncoded());
        } catch (IOException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }

    public static CredentialParts parts(KeyMaterial material) {
        return new CredentialParts(
                Pem.encode(material.chain()), Pem.encode(material.key()), null, null);
    }

    private record Added(
            org.bouncycastle.asn1.ASN1ObjectIdentifier oid,
            org.bouncycastle.asn1.ASN1Encodable value) {}

    private static Added authority() {
        return new Added(Extension.basicConstraints, new BasicConstraints(true));
    }

    private static KeyPair keys(String algorithm, int bits) {
        try {
            var generator = KeyPairGenerator.getInstance(algorithm);
            generator.initialize(bits);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static X509Certificate sign(
            X500Name issuer,
            PrivateKey issuerKey,
            X500Name subject,
            KeyPair its,
            Instant notBefore,
            Instant notAfter,
            String hash,
            List<Added> extensions) {
        try {
            var builder =
                    new JcaX509v3CertificateBuilder(
                            issuer,
                            new BigInteger(120, new SecureRandom()),
                            Date.from(notBefore),
                            Date.from(notAfter),
                            subject,
                            its.getPublic());
            for (var extension : extensions) {
                builder.addExtension(extension.oid(), false, extension.value());
            }
            return new JcaX509CertificateConverter()
                    .getCertificate(
                            builder.build(
                                    new JcaContentSignerBuilder(hash + "withECDSA")
                                            .build(issuerKey)));
        } catch (IOException | OperatorCreationException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
