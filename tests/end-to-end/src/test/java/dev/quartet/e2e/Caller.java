package dev.quartet.e2e;

import dev.quartet.identity.IdentitySettings;
import dev.quartet.identity.KeyMaterial;
import dev.quartet.identity.ServiceIdentity;
import dev.quartet.testkit.Folders;
import dev.quartet.testkit.MeshUnderTest;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/// Somebody with a workload's real token: gets a certificate from Citadel and uses it.
final class Caller implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(20);

    private final Path folder;
    private final ServiceIdentity identity;

    private Caller(Path folder, ServiceIdentity identity) {
        this.folder = folder;
        this.identity = identity;
    }

    static Caller of(MeshUnderTest mesh, String namespace, String serviceAccount)
            throws IOException, InterruptedException {
        var trust = trust(mesh, namespace, serviceAccount);
        var folder = Files.createTempDirectory("caller");
        var identity =
                ServiceIdentity.start(
                        new IdentitySettings(
                                folder.resolve("state"),
                                "cluster.local",
                                namespace,
                                serviceAccount,
                                trust.resolve("token"),
                                trust.resolve("root-cert.pem"),
                                "127.0.0.1:" + mesh.port(8060)),
                        Clock.systemUTC());
        if (!identity.awaitReady(START)) {
            identity.close();
            throw new IllegalStateException(
                    "no certificate from Citadel for " + namespace + "/" + serviceAccount);
        }
        return new Caller(folder, identity);
    }

    static Path trust(MeshUnderTest mesh, String namespace, String serviceAccount) {
        return mesh.home().resolve("trust").resolve(namespace).resolve(serviceAccount);
    }

    ServiceIdentity identity() {
        return identity;
    }

    /// A TLS connection as a sidecar opens it to another; the server's certificate is checked against the mesh's roots.
    ///
    /// @param withCertificate whether to show one's own
    SSLSocket connect(InetSocketAddress sidecar, boolean withCertificate)
            throws GeneralSecurityException, IOException {
        var socket = (SSLSocket) context(withCertificate).getSocketFactory().createSocket();
        var parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"istio"});
        socket.setSSLParameters(parameters);
        socket.setSoTimeout((int) START.toMillis());
        socket.connect(sidecar, (int) START.toMillis());
        socket.startHandshake();
        return socket;
    }

    private SSLContext context(boolean withCertificate)
            throws GeneralSecurityException, IOException {
        var material = KeyMaterial.fromPem(Files.readString(folder.resolve("state/identity.pem")));
        var keys = KeyStore.getInstance(KeyStore.getDefaultType());
        keys.load(null);
        keys.setKeyEntry(
                "own",
                material.key(),
                new char[0],
                material.chain().toArray(X509Certificate[]::new));
        var keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keyManagers.init(keys, new char[0]);
        var roots = KeyStore.getInstance(KeyStore.getDefaultType());
        roots.load(null);
        for (var root : identity.roots()) {
            roots.setCertificateEntry(root.getSerialNumber().toString(), root);
        }
        var trustManagers =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trustManagers.init(roots);
        var context = SSLContext.getInstance("TLSv1.3");
        context.init(
                withCertificate ? keyManagers.getKeyManagers() : null,
                trustManagers.getTrustManagers(),
                null);
        return context;
    }

    static Socket plain(InetSocketAddress address) throws IOException {
        var socket = new Socket();
        socket.setSoTimeout((int) START.toMillis());
        socket.connect(address, (int) START.toMillis());
        return socket;
    }

    @Override
    public void close() {
        identity.close();
        Folders.delete(folder);
    }
}
