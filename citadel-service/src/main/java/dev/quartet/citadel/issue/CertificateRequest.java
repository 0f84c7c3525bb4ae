package dev.quartet.citadel.issue;

import dev.quartet.citadel.issue.RequestRefused.Reason;
import dev.quartet.identity.Pem;
import dev.quartet.identity.SpiffeId;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Map;
import java.util.Set;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.nist.NISTNamedCurves;
import org.bouncycastle.asn1.oiw.OIWObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.jspecify.annotations.Nullable;

/// What is taken from a PKCS #10 request (RFC 2986): its public key, once the request has proved possession of the
/// private one. Names in it grant nothing; one that is not the caller's own is refused, since it shows a mistake or
/// an attack.
public record CertificateRequest(PublicKey publicKey) {

    /// Room for an RSA 8192 request with PEM armour, several times over.
    public static final int MAX_LENGTH = 32 * 1024;

    private static final int MIN_RSA_BITS = 2048;
    private static final int MAX_RSA_BITS = 8192;
    private static final Set<ASN1ObjectIdentifier> CURVES =
            Set.of(SECObjectIdentifiers.secp256r1, SECObjectIdentifiers.secp384r1);
    private static final Map<ASN1ObjectIdentifier, String> SIGNATURES =
            Map.of(
                    X9ObjectIdentifiers.ecdsa_with_SHA256, "SHA256withECDSA",
                    X9ObjectIdentifiers.ecdsa_with_SHA384, "SHA384withECDSA",
                    X9ObjectIdentifiers.ecdsa_with_SHA512, "SHA512withECDSA",
                    PKCSObjectIdentifiers.sha256WithRSAEncryption, "SHA256withRSA",
                    PKCSObjectIdentifiers.sha384WithRSAEncryption, "SHA384withRSA",
                    PKCSObjectIdentifiers.sha512WithRSAEncryption, "SHA512withRSA");
    private static final Set<ASN1ObjectIdentifier> WEAK_SIGNATURES =
            Set.of(
                    X9ObjectIdentifiers.ecdsa_with_SHA1,
                    PKCSObjectIdentifiers.md2WithRSAEncryption,
                    PKCSObjectIdentifiers.md4WithRSAEncryption,
                    PKCSObjectIdentifiers.md5WithRSAEncryption,
                    PKCSObjectIdentifiers.sha1WithRSAEncryption,
                    OIWObjectIdentifiers.sha1WithRSA,
                    OIWObjectIdentifiers.md5WithRSA);

    /// @param pem one block `CERTIFICATE REQUEST`
    /// @throws RequestRefused naming the reason
    public static CertificateRequest read(String pem, SpiffeId caller) throws RequestRefused {
        if (pem.length() > MAX_LENGTH) {
            throw new RequestRefused(
                    Reason.TOO_LARGE,
                    "a request has at most %d characters, this one has %d"
                            .formatted(MAX_LENGTH, pem.length()));
        }
        var request = parse(pem);
        try {
            checkExtensions(request, caller);
            var key = key(request.getSubjectPublicKeyInfo());
            checkSignature(request, key);
            return new CertificateRequest(key);
        } catch (RuntimeException e) {
            // the structure is parsed as it is read, and fails in as many ways as an attacker likes
            throw new RequestRefused(
                    Reason.MALFORMED, "the request can't be read: " + e.getClass().getSimpleName());
        }
    }

    private static PKCS10CertificationRequest parse(String pem) throws RequestRefused {
        try {
            var blocks = Pem.blocks("CERTIFICATE REQUEST", pem);
            if (blocks.isEmpty()) {
                blocks = Pem.blocks("NEW CERTIFICATE REQUEST", pem);
            }
            if (blocks.size() != 1) {
                throw new RequestRefused(
                        Reason.NOT_PEM,
                        "send one PEM block CERTIFICATE REQUEST, not " + blocks.size());
            }
            return new PKCS10CertificationRequest(blocks.getFirst());
        } catch (IOException | RuntimeException e) {
            throw new RequestRefused(Reason.MALFORMED, "this is no PKCS #10 request");
        }
    }

    private static void checkExtensions(PKCS10CertificationRequest request, SpiffeId caller)
            throws RequestRefused {
        var attributes = request.getAttributes(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest);
        for (var attribute : attributes) {
            for (var value : attribute.getAttributeValues()) {
                var extensions = Extensions.getInstance(value);
                var constraints = BasicConstraints.fromExtensions(extensions);
                var usage = KeyUsage.fromExtensions(extensions);
                if ((constraints != null && constraints.isCA())
                        || (usage != null && usage.hasUsages(KeyUsage.keyCertSign))) {
                    throw new RequestRefused(
                            Reason.CERTIFICATE_AUTHORITY,
                            "a workload can't have a certificate authority's certificate");
                }
                checkNames(
                        GeneralNames.fromExtensions(extensions, Extension.subjectAlternativeName),
                        caller);
            }
        }
    }

    private static void checkNames(@Nullable GeneralNames names, SpiffeId caller)
            throws RequestRefused {
        if (names == null) {
            return;
        }
        for (var name : names.getNames()) {
            if (name.getTagNo() != GeneralName.uniformResourceIdentifier) {
                throw new RequestRefused(
                        Reason.EXTRA_NAME,
                        "leave the alternative names out, or ask for %s only".formatted(caller));
            }
            if (!name.getName().toString().equals(caller.uri())) {
                throw new RequestRefused(
                        Reason.FOREIGN_IDENTITY,
                        "the request asks for another identity than the caller's, " + caller);
            }
        }
        if (names.getNames().length > 1) {
            throw new RequestRefused(Reason.EXTRA_NAME, "a certificate has one name, " + caller);
        }
    }

    private static PublicKey key(SubjectPublicKeyInfo info) throws RequestRefused {
        var algorithm = info.getAlgorithm();
        try {
            if (algorithm.getAlgorithm().equals(X9ObjectIdentifiers.id_ecPublicKey)) {
                checkPoint(info, algorithm.getParameters());
                return KeyFactory.getInstance("EC")
                        .generatePublic(new X509EncodedKeySpec(info.getEncoded()));
            }
            if (algorithm.getAlgorithm().equals(PKCSObjectIdentifiers.rsaEncryption)) {
                checkRsa(RSAPublicKey.getInstance(info.parsePublicKey()));
                return KeyFactory.getInstance("RSA")
                        .generatePublic(new X509EncodedKeySpec(info.getEncoded()));
            }
        } catch (IOException | GeneralSecurityException e) {
            throw new RequestRefused(Reason.MALFORMED, "the public key can't be read");
        }
        throw new RequestRefused(Reason.UNSUPPORTED_KEY, "use a P-256, P-384 or RSA key");
    }

    private static void checkPoint(SubjectPublicKeyInfo info, @Nullable Object parameters)
            throws RequestRefused {
        if (!(parameters instanceof ASN1ObjectIdentifier curve) || !CURVES.contains(curve)) {
            var name =
                    parameters instanceof ASN1ObjectIdentifier known
                            ? NISTNamedCurves.getName(known)
                            : null;
            throw new RequestRefused(
                    Reason.UNSUPPORTED_CURVE,
                    "use P-256 or P-384, not " + (name == null ? "this curve" : name));
        }
        CustomNamedCurves.getByOID(curve)
                .getCurve()
                .decodePoint(info.getPublicKeyData().getOctets()); // on the curve?
    }

    private static void checkRsa(RSAPublicKey key) throws RequestRefused {
        var bits = key.getModulus().bitLength();
        if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) {
            throw new RequestRefused(
                    Reason.WEAK_RSA_KEY,
                    "an RSA key has %d to %d bits, this one has %d"
                            .formatted(MIN_RSA_BITS, MAX_RSA_BITS, bits));
        }
        var exponent = key.getPublicExponent();
        if (exponent.bitLength() > 33
                || exponent.compareTo(BigInteger.valueOf(65537)) < 0
                || !exponent.testBit(0)) {
            throw new RequestRefused(Reason.WEAK_RSA_KEY, "use 65537 as the RSA exponent");
        }
    }

    private static void checkSignature(PKCS10CertificationRequest request, PublicKey key)
            throws RequestRefused {
        var algorithm = request.getSignatureAlgorithm().getAlgorithm();
        if (WEAK_SIGNATURES.contains(algorithm)) {
            throw new RequestRefused(
                    Reason.WEAK_SIGNATURE, "sign the request with SHA-256 or better");
        }
        var name = SIGNATURES.get(algorithm);
        if (name == null) {
            throw new RequestRefused(
                    Reason.UNSUPPORTED_SIGNATURE,
                    "sign the request with ECDSA or RSA (PKCS #1) and SHA-256, 384 or 512");
        }
        try {
            var verifier = Signature.getInstance(name);
            verifier.initVerify(key);
            verifier.update(
                    request.toASN1Structure()
                            .getCertificationRequestInfo()
                            .getEncoded(ASN1Encoding.DER));
            if (!verifier.verify(request.getSignature())) {
                throw new RequestRefused(
                        Reason.BAD_SIGNATURE,
                        "the request is not signed by the private key of its public key");
            }
        } catch (IOException | GeneralSecurityException e) {
            throw new RequestRefused(
                    Reason.BAD_SIGNATURE,
                    "the request is not signed by the private key of its public key");
        }
    }
}
