package dev.quartet.admin;

import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.TrustManager;
import org.apache.catalina.connector.Connector;
import org.apache.tomcat.util.net.SSLContext;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.apache.tomcat.util.net.SSLHostConfigCertificate;

/// Tomcat's REST port with a context that reads the certificate at each handshake. The port opens before there is one;
/// handshakes fail until then, and health is on the metrics port.
final class IdentityConnector {
    private static final String PROTOCOLS = "TLSv1.2+TLSv1.3";

    private IdentityConnector() {}

    static void secure(Connector connector, Supplier<RestTls> tls) {
        var host = new SSLHostConfig();
        host.setProtocols(PROTOCOLS);
        var certificate =
                new SSLHostConfigCertificate(host, SSLHostConfigCertificate.Type.UNDEFINED);
        certificate.setSslContext(new Context(tls));
        host.addCertificate(certificate);
        connector.setScheme("https");
        connector.setSecure(true);
        connector.setProperty("SSLEnabled", "true");
        connector.addSslHostConfig(host);
    }

    /// A context of the JDK as Tomcat wants it.
    private record Context(Supplier<RestTls> tls) implements SSLContext {
        private javax.net.ssl.SSLContext context() {
            return tls.get().context();
        }

        @Override
        public SSLEngine createSSLEngine() {
            return context().createSSLEngine();
        }

        @Override
        public SSLServerSocketFactory getServerSocketFactory() {
            return context().getServerSocketFactory();
        }

        @Override
        public SSLSessionContext getServerSessionContext() {
            return context().getServerSessionContext();
        }

        @Override
        public SSLParameters getSupportedSSLParameters() {
            return context().getSupportedSSLParameters();
        }

        @Override
        public void init(KeyManager[] keys, TrustManager[] trust, SecureRandom random) {
            throw new UnsupportedOperationException("the context is made by its service");
        }

        @Override
        public void destroy() {}

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return new X509Certificate[0]; // only for Tomcat's log line at start
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
