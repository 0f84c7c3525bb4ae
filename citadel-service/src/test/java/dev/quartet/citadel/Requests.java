package dev.quartet.citadel;

import dev.quartet.identity.KeyMaterial;
import dev.quartet.identity.Pem;
import java.io.IOException;
import java.security.KeyPair;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.jce.interfaces.ECPrivateKey;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/// PKCS #10 requests, good and bad.
public final class Requests {

    private Requests() {}

    /// What a request asks for beside its key.
    public interface Wishes {
        void addTo(ExtensionsGenerator extensions) throws IOException;
    }

    public static String plain() {
        return signed(KeyMaterial.newKeyPair(), "SHA256withECDSA", extensions -> {});
    }

    public static String with(Wishes wishes) {
        return signed(KeyMaterial.newKeyPair(), "SHA256withECDSA", wishes);
    }

    public static String signed(KeyPair keys, String algorithm, Wishes wishes) {
        return Pem.encode("CERTIFICATE REQUEST", der(keys, algorithm, wishes));
    }

    public static byte[] der(KeyPair keys, String algorithm, Wishes wishes) {
        try {
            var builder =
                    new JcaPKCS10CertificationRequestBuilder(
                            new X500Name("CN=anything"), keys.getPublic());
            var extensions = new ExtensionsGenerator();
            wishes.addTo(extensions);
            if (!extensions.isEmpty()) {
                builder.addAttribute(
                        PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate());
            }
            var signer = new JcaContentSignerBuilder(algorithm);
            if (keys.getPrivate() instanceof ECPrivateKey) {
                signer.setProvider(new BouncyCastleProvider()); // curves that the JDK has given up
            }
            return builder.build(signer.build(keys.getPrivate())).getEncoded();
        } catch (IOException | OperatorCreationException e) {
            throw new IllegalStateException("the test's request can't be made", e);
        }
    }
}
