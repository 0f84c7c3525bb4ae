package dev.quartet.e2e;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.identity.Pem;
import dev.quartet.identity.SpiffeId;
import dev.quartet.identity.testing.TestAuthority;
import dev.quartet.testkit.FreePorts;
import dev.quartet.testkit.MeshUnderTest;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// HTTPS at the gateway, with a certificate that Citadel gives it.
@ExtendWith(SharedMesh.class)
class GatewayTlsIT {
    private static final String HOST = "shop.example.org";
    private static final String CREDENTIAL = "istio-system/shop-example-org";
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final TestAuthority authority = new TestAuthority(Clock.systemUTC());
    private final int port = FreePorts.one();
    @TempDir private Path folder;

    /// @param serial of the certificate that the gateway has shown
    private record Answer(String head, BigInteger serial) {}

    @Test
    void aCertificateComesIsRenewedUnderLoadAndFailsNoRequest(MeshUnderTest mesh) throws Exception {
        try (var gateway = Applied.text(mesh, "https.yaml", https())) {
            assertThat(failsBeforeThereIsACertificate()).isTrue();

            set(mesh);
            await().atMost(LIMIT)
                    .ignoreExceptions()
                    .untilAsserted(() -> assertThat(get().head()).startsWith("HTTP/1.1 200"));

            var stop = new AtomicBoolean();
            var answers = new AtomicInteger();
            var trouble = new AtomicReference<>("");
            var load = Thread.ofVirtual().start(() -> ask(stop, answers, trouble));
            try {
                for (var renewal = 0; renewal < 5; renewal++) {
                    var serial = set(mesh);
                    var before = answers.get();
                    await().atMost(LIMIT)
                            .untilAsserted(() -> assertThat(get().serial()).isEqualTo(serial));
                    await().atMost(LIMIT).until(() -> answers.get() > before);
                }
            } finally {
                stop.set(true);
                load.join();
            }
            assertThat(trouble.get()).isEmpty();
        } finally {
            credential(mesh, "delete", CREDENTIAL);
        }
        mesh.awaitInSync(LIMIT);
    }

    private boolean failsBeforeThereIsACertificate() throws GeneralSecurityException {
        try {
            get();
            return false;
        } catch (IOException refused) {
            return true;
        }
    }

    private void ask(AtomicBoolean stop, AtomicInteger answers, AtomicReference<String> trouble) {
        while (!stop.get()) {
            try {
                var head = get().head();
                if (!head.startsWith("HTTP/1.1 200")) {
                    trouble.set(head);
                }
                answers.incrementAndGet();
            } catch (IOException | GeneralSecurityException failed) {
                trouble.set(failed.toString());
            }
        }
    }

    /// Gives the gateway a new certificate, as people do.
    ///
    /// @return its serial number
    private BigInteger set(MeshUnderTest mesh) throws IOException {
        var material =
                authority.issue(
                        new SpiffeId("outside", "web", "server"), Duration.ofHours(1), HOST);
        var certificate =
                Files.writeString(folder.resolve("shop.pem"), Pem.encode(material.chain()));
        var key = Files.writeString(folder.resolve("shop-key.pem"), Pem.encode(material.key()));
        credential(
                        mesh,
                        "set",
                        CREDENTIAL,
                        "--cert",
                        certificate.toString(),
                        "--key",
                        key.toString())
                .orFail();
        return material.leaf().getSerialNumber();
    }

    private static MeshUnderTest.Result credential(MeshUnderTest mesh, String... words) {
        var all = new ArrayList<>(List.of("credential"));
        all.addAll(List.of(words));
        all.addAll(List.of("--home", mesh.home().toString()));
        return MeshUnderTest.run(Map.of(), null, all);
    }

    private Answer get() throws IOException, GeneralSecurityException {
        try (var plain = new Socket()) {
            plain.connect(new InetSocketAddress("127.0.0.1", port), (int) LIMIT.toMillis());
            plain.setSoTimeout((int) LIMIT.toMillis());
            try (var socket =
                    (SSLSocket)
                            trusting(authority.root())
                                    .getSocketFactory()
                                    .createSocket(plain, HOST, port, true)) {
                var parameters = socket.getSSLParameters();
                parameters.setServerNames(List.of(new SNIHostName(HOST)));
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                socket.setSSLParameters(parameters);
                socket.getOutputStream()
                        .write(
                                ("GET /storefront HTTP/1.1\r\nHost: "
                                                + HOST
                                                + "\r\nConnection: close\r\n\r\n")
                                        .getBytes(US_ASCII));
                var answer = new String(socket.getInputStream().readAllBytes(), US_ASCII);
                var shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
                return new Answer(answer.lines().findFirst().orElse(""), shown.getSerialNumber());
            }
        }
    }

    private static SSLContext trusting(X509Certificate root)
            throws IOException, GeneralSecurityException {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("root", root);
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        var context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    private String https() {
        return """
        apiVersion: networking.istio.io/v1alpha3
        kind: Gateway
        metadata: {name: https, namespace: shop}
        spec:
          selector: {istio: ingressgateway}
          servers:
          - port: {number: %1$d, name: https, protocol: HTTPS}
            hosts: [%2$s]
            tls: {mode: SIMPLE, credentialName: shop-example-org}
        ---
        apiVersion: networking.istio.io/v1alpha3
        kind: VirtualService
        metadata: {name: https, namespace: shop}
        spec:
          hosts: [%2$s]
          gateways: [https]
          http: [{route: [{destination: {host: storefront.shop.svc.cluster.local}}]}]
        """
                .formatted(port, HOST);
    }
}
