package dev.quartet.pilot.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.identity.SpiffeId;
import dev.quartet.pilot.TestSecrets;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// A server that speaks first behind a stock Envoy: nothing of it reaches who is refused.
class BannerTest {
    private static final String BANNER = "5.5.5-ready\n";
    private static final String ADDRESS = "127.0.7.211";
    private static final int TCP = 17191;
    private static final int MYSQL = 17192;
    private static final String STOREFRONT = "cluster.local/ns/shop/sa/storefront";

    private static TestSecrets secrets;
    private static TrafficProxy proxy;
    private static LoopbackServer speaker;

    @BeforeAll
    static void start() {
        secrets = new TestSecrets();
        speaker = new LoopbackServer(BannerTest::speak);
        proxy = new TrafficProxy("storefront-v1", secrets);
    }

    @AfterAll
    static void stop() {
        proxy.close();
        speaker.close();
    }

    @Test
    void noByteReachesWhoIsRefusedAndTheServerIsNotEvenAsked() throws IOException {
        serve("refused", "{action: DENY, rules: [{from: [{source: {ipBlocks: [127.0.7.51]}}]}]}");

        for (var port : new int[] {TCP, MYSQL}) {
            var before = speaker.connections();

            assertThat(heard("127.0.7.51", port, "", true)).isEmpty();

            assertThat(speaker.connections()).isEqualTo(before);
        }
        assertThat(heard("127.0.7.52", TCP, "", true)).isEqualTo(BANNER);
        // of a port that is declared, before the client says anything
        assertThat(heard("127.0.7.52", MYSQL, "", false)).isEqualTo(BANNER);
    }

    @Test
    void namesInCertificatesLetInInTheHandshake() throws IOException {
        serve("names", "{rules: [{from: [{source: {principals: [" + STOREFRONT + "]}}]}]}");

        assertThat(heard("127.0.7.52", MYSQL, STOREFRONT, false)).isEqualTo(BANNER);
        assertThat(heard("127.0.7.52", MYSQL, "cluster.local/ns/shop/sa/other", true)).isEmpty();
        assertThat(heard("127.0.7.52", MYSQL, "", true)).isEmpty();
        assertThat(heard("127.0.7.52", TCP, STOREFRONT, true)).isEqualTo(BANNER);
        assertThat(heard("127.0.7.52", TCP, "", true)).isEmpty();
    }

    @Test
    void addressesLetInAndThoseThatAreRefusedGoBefore() throws IOException {
        serve(
                "addresses",
                "{rules: [{from: [{source: {ipBlocks: [127.0.7.48/28]}}]}]}",
                "{action: DENY, rules: [{from: [{source: {ipBlocks: [127.0.7.51]}}]}]}");

        assertThat(heard("127.0.7.52", MYSQL, "", false)).isEqualTo(BANNER);
        assertThat(heard("127.0.7.51", MYSQL, "", true)).isEmpty();
        assertThat(heard("127.0.7.51", MYSQL, STOREFRONT, true)).isEmpty();
        assertThat(heard("127.0.7.1", MYSQL, "", true)).isEmpty();
    }

    @Test
    void whatCannotBeKnownInTimeClosesThePort() throws IOException {
        serve("closed", "{action: DENY, rules: [{from: [{source: {notNamespaces: [shop]}}]}]}");

        assertThat(heard("127.0.7.52", MYSQL, STOREFRONT, true)).isEmpty();
        assertThat(heard("127.0.7.52", MYSQL, "", true)).isEmpty();
        assertThat(heard("127.0.7.52", TCP, STOREFRONT, true)).isEqualTo(BANNER);
        assertThat(heard("127.0.7.52", TCP, "", true)).isEmpty();
    }

    private static void serve(String revision, String... policies) {
        var config = new StringBuilder();
        config.append(
                """
                apiVersion: networking.istio.io/v1alpha3
                kind: Sidecar
                metadata: {name: default, namespace: shop}
                spec:
                  ingress:
                  - {port: {number: %2$d, protocol: TCP, name: tcp}, bind: %1$s, captureMode: NONE, defaultEndpoint: "127.0.0.1:%4$d"}
                  - {port: {number: %3$d, protocol: MySQL, name: db}, bind: %1$s, captureMode: NONE, defaultEndpoint: "127.0.0.1:%4$d"}
                """
                        .formatted(ADDRESS, TCP, MYSQL, speaker.port()));
        for (int i = 0; i < policies.length; i++) {
            config.append(
                    """
                    ---
                    apiVersion: security.istio.io/v1
                    kind: AuthorizationPolicy
                    metadata: {name: p%d, namespace: shop}
                    spec: %s
                    """
                            .formatted(i, policies[i]));
        }
        proxy.serve(revision, TrafficCase.shop(), config.toString());
    }

    /// What a client hears until the connection is closed.
    ///
    /// @param caller its SPIFFE id without the scheme; empty: plaintext
    /// @param speaks whether it says something first
    private static String heard(String address, int port, String caller, boolean speaks)
            throws IOException {
        try (var socket = new Socket()) {
            socket.bind(new InetSocketAddress(InetAddress.ofLiteral(address), 0));
            socket.connect(new InetSocketAddress(ADDRESS, port), 10_000);
            socket.setSoTimeout(10_000);
            try (var talk = caller.isEmpty() ? socket : MeshTls.over(socket, identity(caller))) {
                if (speaks) {
                    talk.getOutputStream().write("hello\n".getBytes(StandardCharsets.US_ASCII));
                }
                return new String(
                        talk.getInputStream().readNBytes(BANNER.length()),
                        StandardCharsets.US_ASCII);
            }
        } catch (java.net.SocketException | javax.net.ssl.SSLException _) {
            return "";
        }
    }

    private static dev.quartet.identity.KeyMaterial identity(String caller) {
        var parts = caller.split("/");
        return secrets.authority()
                .issue(new SpiffeId(parts[0], parts[2], parts[4]), Duration.ofHours(1));
    }

    /// Says its banner to whoever connects, and nothing more.
    private static void speak(Socket socket) throws IOException {
        socket.getOutputStream().write(BANNER.getBytes(StandardCharsets.US_ASCII));
        socket.getInputStream().transferTo(OutputStream.nullOutputStream());
    }
}
