package dev.quartet.cli.admin;

import dev.quartet.cli.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// Trust in the certificates of one PEM file, and in no other.
final class TrustedRoots {
    private TrustedRoots() {}

    /// @throws Failure when the file cannot be read, or holds no certificate
    static SSLContext of(Path pem) {
        try (var in = Files.newInputStream(pem)) {
            var store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            for (var certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("root-" + store.size(), certificate);
            }
            if (store.size() == 0) {
                throw new Failure(
                        "there is no certificate in " + pem,
                        "name the mesh's root certificate (PEM) with --ca-file or MESH_CA_FILE");
            }
            var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            var context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException failure) {
            throw new Failure(
                    "cannot read the root certificate in " + pem + ": " + failure.getMessage(),
                    "name the mesh's root certificate (PEM) with --ca-file or MESH_CA_FILE",
                    failure);
        }
    }
}
