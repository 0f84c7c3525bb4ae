package dev.quartet.pilot.traffic;

import dev.quartet.identity.KeyMaterial;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/// TLS as a peer of the mesh speaks it. It believes every server. No session is taken up again: its client would send the server name of the one before.
final class MeshTls {
    private MeshTls() {}

    static SSLSocket over(Socket connected, KeyMaterial identity) throws IOException {
        return over(connected, identity, "");
    }

    /// @param sni empty: none
    static SSLSocket over(Socket connected, KeyMaterial identity, String sni) throws IOException {
        var tls =
                (SSLSocket)
                        context(identity)
                                .getSocketFactory()
                                .createSocket(
                                        connected,
                                        connected.getInetAddress().getHostAddress(),
                                        connected.getPort(),
                                        true);
        var parameters = tls.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"istio", "http/1.1"});
        parameters.setServerNames(sni.isEmpty() ? List.of() : List.of(new SNIHostName(sni)));
        tls.setSSLParameters(parameters);
        tls.startHandshake();
        return tls;
    }

    private static SSLContext context(KeyMaterial identity) throws IOException {
        try {
            var store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry(
                    "key",
                    identity.key(),
                    new char[0],
                    identity.chain().toArray(X509Certificate[]::new));
            var keys = KeyManagerFactory.getInstance("PKIX");
            keys.init(store, new char[0]);
            var context = SSLContext.getInstance("TLS");
            context.init(
                    keys.getKeyManagers(), new TrustManager[] {new BelievesEveryServer()}, null);
            return context;
        } catch (GeneralSecurityException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static final class BelievesEveryServer implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
