package dev.quartet.pilot.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.identity.KeyMaterial;
import dev.quartet.identity.Pem;
import dev.quartet.identity.SpiffeId;
import dev.quartet.identity.testing.TestAuthority;
import dev.quartet.pilot.TestSecrets;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A gateway's TLS in a stock Envoy, as clients see it that are none of ours: `openssl s_client` and `curl`.
class GatewayTlsTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final SpiffeId CLIENT = new SpiffeId("outside", "web", "client");
    private static final TestSecrets SECRETS = new TestSecrets();
    private static final Upstreams UPSTREAMS =
            new Upstreams(SECRETS.authority(), SECRETS.material());
    private static final TestAuthority OUTSIDE = new TestAuthority(Clock.systemUTC());
    private static final AtomicInteger REVISION = new AtomicInteger();

    @TempDir static Path folder;

    private static TrafficProxy gateway;

    @BeforeAll
    static void start() {
        write("root.pem", Pem.encode(OUTSIDE.root()));
        SECRETS.put("shop", shop(), OUTSIDE.root());
        var material = shop();
        write("shop", material);
        write("client", OUTSIDE.issue(CLIENT, Duration.ofHours(1)));
        write("expired", OUTSIDE.issue(CLIENT, Duration.ofMillis(-500)));
        write("wrong-ca", new TestAuthority(Clock.systemUTC()).issue(CLIENT, Duration.ofHours(1)));
        write("mesh", SECRETS.material());
        var keys = KeyMaterial.newKeyPair();
        write(
                "server-only",
                new KeyMaterial(
                        keys.getPrivate(),
                        List.of(
                                OUTSIDE.sign(
                                        CLIENT.uri(),
                                        keys.getPublic(),
                                        Duration.ofHours(1),
                                        KeyPurposeId.id_kp_serverAuth),
                                OUTSIDE.root())));
        gateway = new TrafficProxy("gateway", SECRETS);
        serve(SERVERS);
    }

    @AfterAll
    static void close() {
        gateway.close();
        UPSTREAMS.close();
    }

    private static final String SERVERS =
            """
            apiVersion: networking.istio.io/v1
            kind: Gateway
            metadata: {name: web, namespace: shop}
            spec:
              selector: {istio: ingressgateway}
              servers:
              - port: {number: 17001, name: files, protocol: HTTPS}
                bind: 127.0.7.200
                hosts: ["*.example.org"]
                tls: {mode: SIMPLE, serverCertificate: FOLDER/shop.pem, privateKey: FOLDER/shop-key.pem}
              - port: {number: 17001, name: vault, protocol: HTTPS}
                bind: 127.0.7.200
                hosts: [vault.example.org]
                tls: {mode: MUTUAL, credentialName: shop}
              - port: {number: 17002, name: secret, protocol: HTTPS}
                bind: 127.0.7.200
                hosts: ["*.example.org"]
                tls: {mode: SIMPLE, credentialName: shop}
              - port: {number: 17003, name: mutual, protocol: HTTPS}
                bind: 127.0.7.200
                hosts: ["*.example.org"]
                tls: {mode: MUTUAL, serverCertificate: FOLDER/shop.pem, privateKey: FOLDER/shop-key.pem, caCertificates: FOLDER/root.pem}
              - port: {number: 17004, name: optional, protocol: HTTPS}
                bind: 127.0.7.200
                hosts: ["*.example.org"]
                tls: {mode: OPTIONAL_MUTUAL, credentialName: shop}
              - port: {number: 17005, name: pinned, protocol: HTTPS}
                bind: 127.0.7.200
                hosts: ["*.example.org"]
                tls: {mode: MUTUAL, credentialName: shop, verifyCertificateSpki: [AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=]}
              - port: {number: 17006, name: suites, protocol: HTTPS}
                bind: 127.0.7.200
                hosts: ["*.example.org"]
                tls: {mode: SIMPLE, credentialName: shop, maxProtocolVersion: TLSV1_2, cipherSuites: [ECDHE-ECDSA-AES256-GCM-SHA384]}
              - port: {number: 17007, name: mesh, protocol: HTTPS}
                bind: 127.0.7.200
                hosts: ["*.example.org"]
                tls: {mode: ISTIO_MUTUAL}
              - port: {number: 17008, name: passing, protocol: TLS}
                bind: 127.0.7.200
                hosts: ["*.example.org"]
                tls: {mode: PASSTHROUGH}
              - port: {number: 17009, name: bytes, protocol: TLS}
                bind: 127.0.7.200
                hosts: ["*.example.org"]
                tls: {mode: SIMPLE, credentialName: shop}
              - port: {number: 17010, name: redirecting, protocol: HTTP}
                bind: 127.0.7.200
                hosts: ["*.example.org"]
                tls: {httpsRedirect: true}
              - port: {number: 17011, name: passage, protocol: TLS}
                bind: 127.0.7.200
                hosts: ["*"]
                tls: {mode: AUTO_PASSTHROUGH}
            ---
            apiVersion: networking.istio.io/v1
            kind: ServiceEntry
            metadata: {name: web, namespace: shop}
            spec:
              hosts: [web.example.com]
              location: MESH_EXTERNAL
              resolution: DNS
              ports: [{number: 443, name: tls, protocol: TLS, targetPort: 9080}]
              endpoints: [{address: 127.0.7.12}]
            ---
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: shop, namespace: shop}
            spec:
              hosts: ["*.example.org", vault.example.org]
              gateways: [web]
              http: [{route: [{destination: {host: details}}]}]
              tls: [{match: [{sniHosts: [passing.example.org]}], route: [{destination: {host: web.example.com}}]}]
              tcp: [{match: [{port: 17009}], route: [{destination: {host: details}}]}]
            """;

    /// @param answer what the client gets to read; empty: nothing of the application
    record Attempt(String what, String client, String answer) {
        @Override
        public String toString() {
            return what;
        }
    }

    private static Attempt served(String what, String client) {
        return new Attempt(what, client, "HTTP/1.1 200");
    }

    private static Attempt refused(String what, String client) {
        return new Attempt(what, client, "");
    }

    private static final String OLD = " -cipher DEFAULT:@SECLEVEL=0";

    static Stream<Attempt> attempts() {
        return Stream.of(
                served("SIMPLE, files", "17001"),
                served("SIMPLE, a Secret", "17002"),
                served("SIMPLE, TLS 1.2", "17002 -tls1_2"),
                served("SIMPLE, TLS 1.3", "17002 -tls1_3"),
                refused("SIMPLE, TLS 1.1", "17002 -tls1_1" + OLD),
                refused("SIMPLE, TLS 1.0", "17002 -tls1" + OLD),
                refused(
                        "SIMPLE, a suite without forward secrecy",
                        "17002 -tls1_2 -cipher AES128-SHA:@SECLEVEL=0"),
                refused("SIMPLE, CBC", "17002 -tls1_2 -cipher ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0"),
                refused("SIMPLE, a name that nobody has", "17002 -servername shop.example.net"),
                refused("SIMPLE, no name", "17002 -noservername"),
                served("MUTUAL", "17003 CERT client"),
                refused("MUTUAL, no certificate", "17003"),
                refused("MUTUAL, no certificate, TLS 1.2", "17003 -tls1_2"),
                refused("MUTUAL, another CA", "17003 CERT wrong-ca"),
                refused("MUTUAL, expired", "17003 CERT expired"),
                refused("MUTUAL, a certificate for servers", "17003 CERT server-only"),
                refused("MUTUAL, the mesh's", "17003 CERT mesh"),
                served("OPTIONAL_MUTUAL, none", "17004"),
                served("OPTIONAL_MUTUAL, one", "17004 CERT client"),
                refused("OPTIONAL_MUTUAL, another CA", "17004 CERT wrong-ca"),
                refused("another key than the pinned one", "17005 CERT client"),
                served(
                        "the suite that is chosen",
                        "17006 -tls1_2 -cipher ECDHE-ECDSA-AES256-GCM-SHA384"),
                refused(
                        "a suite that is not chosen",
                        "17006 -tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256"),
                refused("TLS 1.3 where it is too new", "17006 -tls1_3"),
                served("ISTIO_MUTUAL", "17007 CERT mesh"),
                refused("ISTIO_MUTUAL, no certificate", "17007"),
                refused("ISTIO_MUTUAL, another CA", "17007 CERT client"),
                served("PASSTHROUGH", "17008 -servername passing.example.org"),
                refused("PASSTHROUGH, a name that no route has", "17008"),
                served("bytes after TLS", "17009"),
                refused("plaintext's port", "17010"));
    }

    @ParameterizedTest
    @MethodSource("attempts")
    void letsInWhoIsMeant(Attempt attempt) {
        var output = openssl(attempt.client());

        if (attempt.answer().isEmpty()) {
            assertThat(output).doesNotContain("HTTP/1.1").doesNotContain("x-from");
        } else {
            assertThat(output).contains(attempt.answer());
        }
    }

    @Test
    void passesTlsThroughToWhoseCertificateItIs() {
        var seen = handshake(17008, "passing.example.org");

        assertThat(seen).contains(Pem.encode(UPSTREAMS.material("server").leaf()).strip());
    }

    /// The name in a handshake is anybody's to choose (CVE-2021-31921).
    @Test
    void noNameLeadsToAnythingButWhatSidecarsTakeAsMutualTls() {
        var names =
                List.of(
                        "PassthroughCluster",
                        "sds-grpc",
                        "outbound|9080||details.shop.svc.cluster.local");
        var details = "cluster.outbound|9080||details.shop.svc.cluster.local.upstream_cx_total";
        var before = gateway.envoy().stat(details);

        for (var name : names) {
            assertThat(openssl("17011 -alpn istio -servername " + name)).doesNotContain("HTTP/1.1");
        }

        assertThat(gateway.envoy().stat(details)).isEqualTo(before);
        assertThat(openssl("17011 -servername outbound_.9080_._.details.shop.svc.cluster.local"))
                .doesNotContain("HTTP/1.1");
        assertThat(
                        openssl(
                                "17011 -alpn istio -servername outbound_.9080_._.details.shop.svc.cluster.local"))
                .doesNotContain("HTTP/1.1");
        assertThat(
                        gateway.envoy()
                                .stat(
                                        "cluster.passage|outbound_.9080_._.details.shop.svc.cluster.local.upstream_cx_total"))
                .isZero();
    }

    @Test
    void takesRequestsForAnotherServersHostAsMisdirected() {
        assertThat(curl(17001, "a.example.org", "--http2")).startsWith("HTTP/2 200");
        assertThat(curl(17001, "a.example.org", "--http1.1")).startsWith("HTTP/1.1 200");
        for (var other : List.of("vault.example.org", "a.example.net")) {
            assertThat(curl(17001, "a.example.org", "--http2", "-H", "Host: " + other))
                    .startsWith("HTTP/2 421");
        }
        assertThat(curl(17001, "vault.example.org")).doesNotContain("HTTP/");
    }

    @Test
    void sendsPlaintextToHttps() {
        var answer =
                run(
                        "",
                        List.of(
                                "curl",
                                "-sSi",
                                "-H",
                                "Host: a.example.org",
                                "http://%s:17010/x".formatted(address())));

        assertThat(answer).startsWith("HTTP/1.1 301").contains("location: https://a.example.org/x");
    }

    @Test
    void aSecretThatIsNotThereClosesItsOwnServerOnly() {
        var server =
                """
                ---
                apiVersion: networking.istio.io/v1
                kind: Gateway
                metadata: {name: later, namespace: shop}
                spec:
                  selector: {istio: ingressgateway}
                  servers:
                  - port: {number: 17002, name: later, protocol: HTTPS}
                    bind: 127.0.7.200
                    hosts: [later.example.org]
                    tls: {mode: SIMPLE, credentialName: later}
                ---
                apiVersion: networking.istio.io/v1
                kind: VirtualService
                metadata: {name: later, namespace: shop}
                spec:
                  hosts: [later.example.org]
                  gateways: [later]
                  http: [{route: [{destination: {host: details}}]}]
                """;
        serve(SERVERS + server);
        await().atMost(LIMIT)
                .until(() -> gateway.envoy().stat("listener_manager.total_listeners_warming") == 0);

        assertThat(openssl("17002")).contains("HTTP/1.1 200");
        assertThat(handshake(17002, "later.example.org"))
                .contains("no peer certificate available")
                .doesNotContain("HTTP/1.1");
        assertThat(openssl("17002 -servername later.example.org")).doesNotContain("HTTP/1.1");

        SECRETS.put("later", shop(), OUTSIDE.root());

        await().atMost(LIMIT)
                .untilAsserted(() ->
                        assertThat(openssl("17002 -servername later.example.org"))
                                .contains("HTTP/1.1 200"));
    }

    @Test
    void aCertificateIsRenewedUnderLoadWithoutAFailedRequest() throws Exception {
        var seen = ConcurrentHashMap.<X509Certificate>newKeySet();
        var failures = new ConcurrentLinkedQueue<String>();
        var requests = new AtomicInteger();
        var done = new AtomicBoolean();
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int client = 0; client < 4; client++) {
                clients.execute(() -> load(seen, failures, requests, done));
            }
            try {
                for (int renewal = 0; renewal < 20; renewal++) {
                    var renewed = shop();
                    SECRETS.put("shop", renewed, OUTSIDE.root());
                    await().atMost(LIMIT).until(() -> seen.contains(renewed.leaf()));
                }
            } finally {
                done.set(true);
            }
        }

        assertThat(failures).isEmpty();
        assertThat(requests.get()).isGreaterThan(20);
    }

    /// Connections one after the other, with several requests on each, so that some are kept over a renewal.
    private static void load(
            Set<X509Certificate> seen,
            Queue<String> failures,
            AtomicInteger requests,
            AtomicBoolean done) {
        while (!done.get()) {
            try (var plain = new Socket(address(), 17002);
                    var socket =
                            (SSLSocket)
                                    trusting()
                                            .getSocketFactory()
                                            .createSocket(plain, "a.example.org", 17002, true)) {
                socket.setSoTimeout((int) LIMIT.toMillis());
                socket.startHandshake();
                seen.add((X509Certificate) socket.getSession().getPeerCertificates()[0]);
                var answers =
                        new BufferedReader(
                                new InputStreamReader(
                                        socket.getInputStream(), StandardCharsets.ISO_8859_1));
                for (int request = 0; request < 3; request++) {
                    socket.getOutputStream()
                            .write(
                                    "HEAD / HTTP/1.1\r\nHost: a.example.org\r\n\r\n"
                                            .getBytes(StandardCharsets.US_ASCII));
                    var status = String.valueOf(answers.readLine());
                    if (!status.startsWith("HTTP/1.1 200")) {
                        failures.add(status);
                        return;
                    }
                    for (var line = status; !line.isEmpty(); ) {
                        line = String.valueOf(answers.readLine());
                    }
                    requests.incrementAndGet();
                }
            } catch (IOException | GeneralSecurityException failure) {
                failures.add(failure.toString());
                return;
            }
        }
    }

    private static SSLContext trusting() throws GeneralSecurityException, IOException {
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        store.setCertificateEntry("root", OUTSIDE.root());
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        var context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    private static KeyMaterial shop() {
        return OUTSIDE.issue(
                new SpiffeId("outside", "web", "server"), Duration.ofHours(1), "*.example.org");
    }

    private static void serve(String config) {
        gateway.serve(
                "tls-" + REVISION.incrementAndGet(),
                UPSTREAMS.placed(TrafficCase.shop()),
                UPSTREAMS.placed(config.replace("FOLDER", folder.toString())));
    }

    private static String address() {
        return UPSTREAMS.placed("127.0.7.200");
    }

    /// What `openssl s_client` says and reads. A refusal by TLS 1.3 comes after the handshake, so it sends its request in any case.
    ///
    /// @param client the port and more arguments; `CERT x` is a certificate with its key
    private static String openssl(String client) {
        var words = new ArrayList<>(List.of(client.split(" ")));
        var args =
                new ArrayList<>(
                        List.of(
                                "openssl",
                                "s_client",
                                "-quiet",
                                "-CAfile",
                                folder.resolve("root.pem").toString(),
                                "-connect",
                                address() + ":" + words.removeFirst()));
        if (!client.contains("servername")) {
            args.addAll(List.of("-servername", "shop.example.org"));
        }
        for (int i = 0; i < words.size(); i++) {
            if (words.get(i).equals("CERT")) {
                var name = words.get(++i);
                args.addAll(
                        List.of(
                                "-cert",
                                folder.resolve(name + ".pem").toString(),
                                "-key",
                                folder.resolve(name + "-key.pem").toString()));
            } else {
                args.add(words.get(i));
            }
        }
        return run(
                "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n".formatted(host(client)),
                args);
    }

    private static String host(String client) {
        var named = client.indexOf("-servername ");
        return named < 0
                ? "shop.example.org"
                : client.substring(named + "-servername ".length()).split(" ")[0];
    }

    private static String handshake(int port, String name) {
        return run(
                "",
                List.of(
                        "openssl",
                        "s_client",
                        "-showcerts",
                        "-servername",
                        name,
                        "-connect",
                        address() + ":" + port));
    }

    private static String curl(int port, String name, String... more) {
        var args =
                new ArrayList<>(
                        List.of(
                                "curl",
                                "-sSi",
                                "--max-time",
                                "10",
                                "--cacert",
                                folder.resolve("root.pem").toString(),
                                "--resolve",
                                "%s:%d:%s".formatted(name, port, address())));
        args.addAll(List.of(more));
        args.add("https://%s:%d/".formatted(name, port));
        return run("", args);
    }

    private static String run(String input, List<String> args) {
        try {
            var process = new ProcessBuilder(args).redirectErrorStream(true).start();
            try (var in = process.getOutputStream()) {
                in.write(input.getBytes(StandardCharsets.US_ASCII));
            } catch (IOException _) {
                // it is gone already: what it says tells why
            }
            var output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            process.waitFor();
            return output;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    private static void write(String name, KeyMaterial material) {
        write(name + ".pem", Pem.encode(material.chain()));
        write(name + "-key.pem", Pem.encode(material.key()));
    }

    private static void write(String file, String pem) {
        try {
            Files.writeString(folder.resolve(file), pem);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
