package dev.quartet.citadel.credential;

import dev.quartet.citadel.credential.CredentialRefused.Reason;
import dev.quartet.identity.Pem;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.util.List;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.jspecify.annotations.Nullable;

/// Reads the one private key of a text in each form that certificate tools write: PKCS #8 (RFC 5958), PKCS #1 (RFC 8017) and
/// SEC 1 (RFC 5915). No failure quotes the text.
final class PrivateKeyText {

    private static final Pattern KEYS = Pattern.compile("-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----");
    private static final Pattern ENCRYPTED =
            Pattern.compile("BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: *4, *ENCRYPTED");

    private PrivateKeyText() {}

    static PrivateKey read(PemText key) throws CredentialRefused {
        var text = key.text();
        if (ENCRYPTED.matcher(text).find()) {
            throw new CredentialRefused(
                    Reason.ENCRYPTED_KEY,
                    "the private key is encrypted, and nobody could be asked for its password",
                    "decrypt it first: openssl pkey -in FILE -out FILE");
        }
        var count = KEYS.matcher(text).results().count();
        if (count != 1) {
            throw new CredentialRefused(
                    count == 0 ? Reason.INCOMPLETE : Reason.SEVERAL_KEYS,
                    "there are %d private keys".formatted(count),
                    "give one, that of the certificate");
        }
        try {
            return Pem.privateKey(pkcs8(text));
        } catch (GeneralSecurityException | IOException | RuntimeException _) {
            // parsed as it is read, it fails in as many ways as its writer likes
            throw new CredentialRefused(
                    Reason.UNSUPPORTED_KEY,
                    "the private key can't be read",
                    "give an EC (P-256, P-384, P-521) or RSA key, as PKCS #8, PKCS #1 or SEC 1");
        }
    }

    private static String pkcs8(String text) throws IOException {
        var rsa = only(Pem.blocks("RSA PRIVATE KEY", text));
        if (rsa != null) {
            return encode(
                    new PrivateKeyInfo(
                            new AlgorithmIdentifier(
                                    PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
                            RSAPrivateKey.getInstance(rsa)));
        }
        var ec = only(Pem.blocks("EC PRIVATE KEY", text));
        if (ec != null) {
            var key = ECPrivateKey.getInstance(ec);
            return encode(
                    new PrivateKeyInfo(
                            new AlgorithmIdentifier(
                                    X9ObjectIdentifiers.id_ecPublicKey, key.getParametersObject()),
                            key));
        }
        return text;
    }

    private static byte @Nullable [] only(List<byte[]> blocks) {
        return blocks.isEmpty() ? null : blocks.getFirst();
    }

    private static String encode(PrivateKeyInfo key) throws IOException {
        return Pem.encode("PRIVATE KEY", key.getEncoded());
    }
}
