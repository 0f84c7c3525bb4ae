package dev.quartet.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.quartet.identity.testing.SettableClock;
import dev.quartet.identity.testing.TestAuthority;
import dev.quartet.identity.testing.TestCitadel;
import dev.quartet.identity.testing.Trusting;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// One server that is never restarted, and what its callers see.
class WebhookTlsTest {
    private static final SpiffeId INJECTOR =
            SpiffeId.controlPlane("cluster.local", "istio-sidecar-injector-service-account");

    @TempDir Path folder;
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final SettableClock clock = new SettableClock();
    private final TestAuthority authority = new TestAuthority(clock);

    @AfterEach
    void closeAll() throws Exception {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }

    private HttpsServer serve(WebhookTls tls) throws IOException {
        var server = HttpsServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(tls.context()));
        server.start();
        opened.push(() -> server.stop(0));
        return server;
    }

    /// The leaf that a new caller is shown; its session is no older one's.
    private static X509Certificate shown(
            HttpsServer server, TrustManager trust, String... protocols) throws IOException {
        try (var socket =
                (SSLSocket)
                        Trusting.context(trust)
                                .getSocketFactory()
                                .createSocket("127.0.0.1", server.getAddress().getPort())) {
            socket.setSoTimeout(10_000);
            if (protocols.length > 0) {
                socket.setEnabledProtocols(protocols);
            }
            socket.startHandshake();
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        }
    }

    /// @param callers whose time it is when the caller judges
    private X509Certificate shown(HttpsServer server, Clock callers) throws IOException {
        return shown(
                server,
                new PeerTrustManager(
                        () -> List.of(authority.root()),
                        callers,
                        INJECTOR::equals,
                        "the injector"));
    }

    private static X509Certificate shown(
            HttpsServer server, X509Certificate trusted, String... protocols) throws IOException {
        return shown(server, Trusting.manager(trusted), protocols);
    }

    private ServiceIdentity identity(TestCitadel citadel) throws Exception {
        new JoinToken(TestCitadel.TOKEN).write(folder.resolve("token"));
        var identity =
                ServiceIdentity.start(
                        new IdentitySettings(
                                folder.resolve("state"),
                                INJECTOR.trustDomain(),
                                INJECTOR.namespace(),
                                INJECTOR.serviceAccount(),
                                folder.resolve("token"),
                                authority.writeRoot(folder.resolve("root-cert.pem")),
                                citadel.address()),
                        clock);
        opened.push(identity);
        identity.awaitReady();
        return identity;
    }

    @Test
    void showsTheServicesNewCertificateAfterARenewal() throws Exception {
        var citadel = new TestCitadel(authority, INJECTOR, 0);
        opened.push(citadel);
        citadel.issueFor(Duration.ofHours(1));
        var identity = identity(citadel);
        var tls = WebhookTls.of(identity);
        var server = serve(tls);
        var first = shown(server, clock);

        clock.advance(Duration.ofMinutes(40));
        await().atMost(Duration.ofSeconds(20)).until(() -> identity.renewals() == 2);

        var second = shown(server, clock);
        assertThat(second.getSerialNumber()).isNotEqualTo(first.getSerialNumber());
        assertThat(tls.certificate()).hasValue(second);
    }

    @Test
    void showsNothingOnceTheCertificateHasExpired() throws Exception {
        var citadel = new TestCitadel(authority, INJECTOR, 0);
        citadel.issueFor(Duration.ofHours(1));
        var tls = WebhookTls.of(identity(citadel));
        citadel.close();
        var server = serve(tls);
        var before = Clock.fixed(clock.instant(), clock.getZone());
        assertThat(shown(server, before)).isNotNull();

        clock.advance(Duration.ofHours(2));

        assertThatThrownBy(() -> shown(server, before)).isInstanceOf(IOException.class);
        assertThat(tls.certificate()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"EC", "RSA"})
    void showsWhatAnOperatorsFilesHoldNow(String algorithm) throws Exception {
        var key = folder.resolve("tls.key");
        var chain = folder.resolve("tls.crt");
        var first = write(selfSigned(algorithm), key, chain);
        var server = serve(WebhookTls.of(KeyFiles.open(key, chain)));
        assertThat(shown(server, first)).isEqualTo(first);

        var second = write(selfSigned(algorithm), key, chain);

        assertThat(shown(server, second)).isEqualTo(second);
        assertThat(shown(server, second, "TLSv1.2")).isEqualTo(second);
    }

    @Test
    void aHalfRenewalLeavesTheLastPairInForce() throws Exception {
        var key = folder.resolve("tls.key");
        var chain = folder.resolve("tls.crt");
        var first = write(selfSigned("EC"), key, chain);
        var files = KeyFiles.open(key, chain);
        var server = serve(WebhookTls.of(files));
        var next = selfSigned("EC");

        replace(chain, Pem.encode(next.chain()));
        assertThat(shown(server, first)).isEqualTo(first);
        Files.delete(key);
        assertThat(shown(server, first)).isEqualTo(first);
        replace(key, "no key at all");
        assertThat(shown(server, first)).isEqualTo(first);

        replace(key, Pem.encode(next.key()));
        assertThat(shown(server, next.leaf())).isEqualTo(next.leaf());
        assertThat(files.failures()).isEqualTo(3);
        assertThat(files.updates()).isOne();
    }

    @Test
    void saysWhatIsWrongWithFiles() throws Exception {
        var key = folder.resolve("tls.key");
        var chain = folder.resolve("tls.crt");

        assertThatThrownBy(() -> KeyFiles.open(key, chain))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("tls.key is missing");
        write(selfSigned("EC"), key, chain);
        replace(key, Pem.encode("EC PRIVATE KEY", new byte[] {1}));
        assertThatThrownBy(() -> KeyFiles.open(key, chain))
                .hasMessageContaining("one PEM block PRIVATE KEY (PKCS #8) expected, found 0");
        replace(key, Pem.encode("PRIVATE KEY", new byte[] {1, 2, 3}));
        assertThatThrownBy(() -> KeyFiles.open(key, chain))
                .hasMessageContaining("a private key is broken");
        replace(key, Pem.encode(selfSigned("EC").key()));
        assertThatThrownBy(() -> KeyFiles.open(key, chain))
                .hasMessageContaining("does not belong to the certificate");
    }

    private X509Certificate write(KeyMaterial material, Path key, Path chain) throws IOException {
        replace(key, Pem.encode(material.key()));
        replace(chain, Pem.encode(material.chain()));
        return material.leaf();
    }

    /// As an operator's tools do: a new file in the place of the old one.
    private void replace(Path file, String content) throws IOException {
        var fresh = Files.writeString(folder.resolve("fresh"), content);
        Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING);
    }

    private static KeyMaterial selfSigned(String algorithm) {
        return TestAuthority.selfSigned(algorithm, Duration.ofHours(1));
    }
}
