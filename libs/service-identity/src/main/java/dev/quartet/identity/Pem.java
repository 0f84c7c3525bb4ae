package dev.quartet.identity;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/// Certificates and private keys as PEM (RFC 7468).
public final class Pem {

    private static final Base64.Encoder BASE64 = Base64.getMimeEncoder(64, new byte[] {'\n'});
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]*)-----END \\1-----");

    private Pem() {}

    public static String encode(String label, byte[] der) {
        return "-----BEGIN "
                + label
                + "-----\n"
                + BASE64.encodeToString(der)
                + "\n-----END "
                + label
                + "-----\n";
    }

    public static String encode(X509Certificate certificate) {
        try {
            return encode("CERTIFICATE", certificate.getEncoded());
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a parsed certificate can't be encoded", e);
        }
    }

    public static String encode(List<X509Certificate> chain) {
        var text = new StringBuilder();
        chain.forEach(certificate -> text.append(encode(certificate)));
        return text.toString();
    }

    /// PKCS #8.
    public static String encode(PrivateKey key) {
        return encode("PRIVATE KEY", key.getEncoded());
    }

    /// The bytes of every block with `label`, in order.
    /// @throws IllegalArgumentException when a block's Base64 is broken
    public static List<byte[]> blocks(String label, String pem) {
        var found = new ArrayList<byte[]>();
        var matcher = BLOCK.matcher(pem);
        while (matcher.find()) {
            if (matcher.group(1).equals(label)) {
                found.add(
                        Base64.getMimeDecoder()
                                .decode(matcher.group(2).getBytes(StandardCharsets.US_ASCII)));
            }
        }
        return found;
    }

    /// All certificates in `pem`, in order; at least one.
    public static List<X509Certificate> certificates(String pem) throws CertificateException {
        var factory = CertificateFactory.getInstance("X.509");
        var found = new ArrayList<X509Certificate>();
        try {
            for (var der : blocks("CERTIFICATE", pem)) {
                found.add(
                        (X509Certificate)
                                factory.generateCertificate(new ByteArrayInputStream(der)));
            }
        } catch (IllegalArgumentException e) {
            throw new CertificateException("a PEM block is broken", e);
        }
        if (found.isEmpty()) {
            throw new CertificateException("no PEM block CERTIFICATE found");
        }
        return List.copyOf(found);
    }

    /// The one key (PKCS #8, EC or RSA) in `pem`.
    public static PrivateKey privateKey(String pem) throws GeneralSecurityException {
        List<byte[]> keys;
        try {
            keys = blocks("PRIVATE KEY", pem);
        } catch (IllegalArgumentException e) {
            throw new GeneralSecurityException("a PEM block is broken", e);
        }
        if (keys.size() != 1) {
            throw new GeneralSecurityException(
                    "one PEM block PRIVATE KEY (PKCS #8) expected, found " + keys.size());
        }
        return KeyFactory.getInstance(algorithm(keys.getFirst()))
                .generatePrivate(new PKCS8EncodedKeySpec(keys.getFirst()));
    }

    private static String algorithm(byte[] pkcs8) throws GeneralSecurityException {
        try {
            var algorithm =
                    PrivateKeyInfo.getInstance(pkcs8).getPrivateKeyAlgorithm().getAlgorithm();
            if (algorithm.equals(X9ObjectIdentifiers.id_ecPublicKey)) {
                return "EC";
            }
            if (algorithm.equals(PKCSObjectIdentifiers.rsaEncryption)) {
                return "RSA";
            }
            throw new InvalidKeyException(
                    "use an EC or RSA key, not one of algorithm " + algorithm);
        } catch (IllegalArgumentException e) {
            throw new InvalidKeyException("a private key is broken", e);
        }
    }
}
