package dev.quartet.pilot.traffic;

import dev.quartet.identity.KeyMaterial;
import dev.quartet.identity.Pem;
import dev.quartet.identity.SpiffeId;
import dev.quartet.identity.testing.TestAuthority;
import dev.quartet.pilot.Tokens;
import dev.quartet.testkit.FreePorts;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.apache.tomcat.util.net.SSLHostConfigCertificate;
import org.jspecify.annotations.Nullable;

/// The workloads behind the proxy: each on port 9080 of a loopback address of its own, HTTP/1.1 and HTTP/2. An answer's body
/// is what the server saw, as lines of HTTP, and `x-from` is its name. What it is to do stands in the request:
///
/// - `x-answer: 503,200`: the statuses by attempt; with `reviews-v1=` before it only that workload obeys
/// - `x-grpc-answer: 14,0`: the same for gRPC
/// - `x-hold: 2`: the answer to that attempt waits for [#release(String)]
///
/// All have the keys of [Tokens] at `/keys`.
///
/// At 127.0.7.30 a [ForwardProxy] leads to some of them. One more, `application`, is on a socket file, where a sidecar's own application may be.
/// Certificates are in files: `mesh` is a workload's of the mesh, `server` and `client` are signed by `root`, as is `impostor`, who names itself as a workload of the mesh; `stranger` is signed
/// by somebody else.
final class Upstreams implements AutoCloseable {
    /// What the addresses of the workloads begin with in a case.
    static final String WRITTEN = "127.0.7.";

    static final String LABEL = "x-traffic-request";
    static final int PORT = 9080;

    /// Where files with certificates are in a case.
    static final String CERTIFICATES = "/etc/test-certs";

    private static final Map<String, String> PLAIN =
            Map.of(
                    "1", "reviews-v1",
                    "2", "reviews-v2",
                    "3", "ratings-v1",
                    "4", "details-v1");
    private static final String IN_MESH = "11";
    private static final String TLS = "12";
    private static final String MUTUAL_TLS = "13";
    private static final String BY_HAND = "20";

    /// A proxy that is asked for tunnels.
    private static final String FORWARD_PROXY = "30";

    private static final String KEYS = "/keys";

    private static final int PICKS = 50;
    private static final String APPLICATION = "application";

    /// What stands in a case for hashes of the client's certificate: right in form, so that the case can be checked as it is.
    private static final String CLIENT_SPKI = "TheSha256OfThePublicKeyOfTheTestsClient0000=";

    private static final String CLIENT_HASH = "c11e47" + "0".repeat(58);
    private static final String WEBSOCKET = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// What stands in a case for the ports of two servers on 127.0.0.1, where all names under `localhost` lead: in plaintext, and by TLS with the names
    /// `*.partners.localhost`.
    private static final String LOCAL = "17981";

    private static final String LOCAL_TLS = "17982";
    private static final String LOOPBACK = "127.0.0.1";

    private final String network = freeNetwork();
    private final List<Integer> localPorts = FreePorts.several(2);
    private final Path folder;
    private final Tomcat tomcat = new Tomcat();
    private final ServerSocket plain;
    private final Map<String, KeyMaterial> certificates = new TreeMap<>();
    private final Map<String, X509Certificate> roots = new TreeMap<>();
    private final Map<String, String> names = new TreeMap<>();
    private final Map<String, List<String>> reached = new ConcurrentHashMap<>();
    private final AtomicInteger holding = new AtomicInteger();
    private final Map<String, CountDownLatch> released = new ConcurrentHashMap<>();
    private @Nullable ForwardProxy forwardProxy;

    /// @param mesh signs the proxy's certificate
    /// @param reviews the certificate of the workload that answers mTLS
    Upstreams(TestAuthority mesh, KeyMaterial reviews) {
        try {
            folder = Files.createTempDirectory("upstreams");
            var outside = new TestAuthority(Clock.systemUTC());
            var server =
                    outside.issue(new SpiffeId("outside", "web", "server"), Duration.ofHours(1));
            var client =
                    outside.issue(new SpiffeId("outside", "web", "client"), Duration.ofHours(1));
            write("mesh", reviews);
            roots.put("root", outside.root());
            write("root.pem", Pem.encode(outside.root()));
            write("revoked.pem", outside.revocations(server.leaf()));
            write("server", server);
            write("client", client);
            write(
                    "impostor",
                    outside.issue(
                            new SpiffeId("cluster.local", "shop", "reviews"), Duration.ofHours(1)));
            write(
                    "stranger",
                    new TestAuthority(Clock.systemUTC())
                            .issue(new SpiffeId("outside", "web", "client"), Duration.ofHours(1)));
            tomcat.setBaseDir(folder.toString());
            var context = tomcat.addContext("", folder.toString());
            Tomcat.addServlet(context, "echo", new Echo());
            context.addServletMappingDecoded("/*", "echo");
            PLAIN.forEach((last, name) -> listen(last, name, null, null));
            listen(IN_MESH, "reviews-mtls", "mesh", mesh.root());
            listen(TLS, "web-tls", "server", null);
            listen(MUTUAL_TLS, "web-mutual", "server", outside.root());
            listenAtFile();
            write(
                    "partners",
                    outside.issue(
                            new SpiffeId("outside", "web", "partners"),
                            Duration.ofHours(1),
                            "*.partners.localhost"));
            listen(LOOPBACK, localPorts.getFirst(), "local", null, null);
            listen(LOOPBACK, localPorts.getLast(), "local-tls", "partners", null);
            tomcat.start();
            plain = new ServerSocket(PORT, 10, InetAddress.getByName(network + BY_HAND));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (LifecycleException failure) {
            throw new IllegalStateException(failure);
        }
        Thread.ofVirtual().start(this::acceptPlain);
    }

    private static String freeNetwork() {
        for (var i = 0; i < PICKS; i++) {
            var random = ThreadLocalRandom.current();
            var network = "127.%d.%d.".formatted(random.nextInt(16, 250), random.nextInt(250));
            try (var socket = new ServerSocket()) {
                socket.bind(new InetSocketAddress(network + "1", PORT));
                return network;
            } catch (IOException _) {
                // taken: another one
            }
        }
        throw new IllegalStateException("no loopback network has port " + PORT + " free");
    }

    /// The text of a case with the addresses and files of this run.
    String placed(String text) {
        if (forwardProxy == null && text.contains(WRITTEN + FORWARD_PROXY)) {
            forwardProxy = forwardProxy();
        }
        var client = material("client").leaf();
        return Tokens.placed(text)
                .replace(WRITTEN, network)
                .replace(CERTIFICATES, folder.toString())
                .replace(LOCAL, localPorts.getFirst().toString())
                .replace(LOCAL_TLS, localPorts.getLast().toString())
                .replace(
                        CLIENT_SPKI,
                        Base64.getEncoder()
                                .encodeToString(sha256(client.getPublicKey().getEncoded())))
                .replace(CLIENT_HASH, HexFormat.of().formatHex(sha256(encoded(client))));
    }

    KeyMaterial material(String name) {
        return Objects.requireNonNull(certificates.get(name), name);
    }

    /// What a client shows a server.
    KeyManager[] certificate(String name) {
        try {
            var material = material(name);
            var store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            store.setKeyEntry(
                    name,
                    material.key(),
                    new char[0],
                    material.chain().toArray(X509Certificate[]::new));
            var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(store, new char[0]);
            return new KeyManager[] {
                new Shown((X509ExtendedKeyManager) factory.getKeyManagers()[0], name)
            };
        } catch (IOException | GeneralSecurityException failure) {
            throw new IllegalStateException(failure);
        }
    }

    X509Certificate root() {
        return Objects.requireNonNull(roots.get("root"));
    }

    TrustManager[] trusting(String name) {
        try {
            var factory =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(trusted(Objects.requireNonNull(roots.get(name), name)));
            return factory.getTrustManagers();
        } catch (GeneralSecurityException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static byte[] encoded(X509Certificate certificate) {
        try {
            return certificate.getEncoded();
        } catch (GeneralSecurityException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private ForwardProxy forwardProxy() {
        names.put("reviews.example.com", "reviews-v1");
        names.put("details.example.com", "details-v1");
        names.put("web.example.com", "web-tls");
        names.put("ratings.example.com", "ratings-v1");
        return new ForwardProxy(
                network + FORWARD_PROXY,
                Map.of(
                        "reviews.example.com:443", network + "1",
                        "details.example.com:443", network + "4",
                        "web.example.com:443", network + TLS),
                Map.of("ratings.example.com:443", network + "3"));
    }

    /// What proxies have written down in the file of the cases; they let lines wait.
    String accessLog() {
        var file = folder.resolve("access.log");
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private void write(String name, KeyMaterial material) throws IOException {
        certificates.put(name, material);
        write(name + ".pem", Pem.encode(material.chain()));
        write(name + "-key.pem", Pem.encode(material.key()));
    }

    private void write(String file, String pem) throws IOException {
        Files.writeString(folder.resolve(file), pem);
    }

    private void listen(
            String last,
            String name,
            @Nullable String certificate,
            @Nullable X509Certificate clients) {
        listen(network + last, PORT, name, certificate, clients);
    }

    private void listen(
            String address,
            int port,
            String name,
            @Nullable String certificate,
            @Nullable X509Certificate clients) {
        var connector = new Connector();
        connector.setProperty("address", address);
        connector.setPort(port);
        connector.setProperty("maxKeepAliveRequests", "-1");
        connector.addUpgradeProtocol(new Http2Protocol());
        if (certificate != null) {
            var host = new SSLHostConfig();
            var pair = new SSLHostConfigCertificate(host, SSLHostConfigCertificate.Type.UNDEFINED);
            pair.setCertificateFile(folder.resolve(certificate + ".pem").toString());
            pair.setCertificateKeyFile(folder.resolve(certificate + "-key.pem").toString());
            host.addCertificate(pair);
            if (clients != null) {
                host.setCertificateVerification("required");
                host.setTrustStore(trusted(clients));
            }
            connector.setProperty("SSLEnabled", "true");
            connector.setScheme("https");
            connector.setSecure(true);
            connector.addSslHostConfig(host);
        }
        names.put(address + (port == PORT ? "" : ":" + port), name);
        tomcat.getService().addConnector(connector);
    }

    private void listenAtFile() {
        var connector = new Connector();
        connector.setProperty(
                "unixDomainSocketPath", folder.resolve(APPLICATION + ".sock").toString());
        connector.addUpgradeProtocol(new Http2Protocol());
        tomcat.getService().addConnector(connector);
    }

    private static KeyStore trusted(X509Certificate root) {
        try {
            var store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            store.setCertificateEntry("root", root);
            return store;
        } catch (IOException | GeneralSecurityException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /// The workload at an address of this run, `127.20.7.1:9080`, or behind the name that the forward proxy is asked for.
    String at(String address) {
        if (address.startsWith("unix://")) {
            return APPLICATION;
        }
        var local = names.get(address);
        if (local != null) {
            return local;
        }
        var ip = address.substring(0, Math.max(0, address.lastIndexOf(':')));
        return ip.equals(network + BY_HAND) ? "plain" : names.getOrDefault(ip, "nobody");
    }

    /// Who got the request, once per attempt and copy.
    List<String> reached(String label) {
        return List.copyOf(reached.getOrDefault(label, List.of()));
    }

    /// How many requests wait for their answers.
    int holding() {
        return holding.get();
    }

    /// Answers what is held of a request, and what still comes of it.
    void release(String label) {
        latch(label).countDown();
    }

    private CountDownLatch latch(String label) {
        return released.computeIfAbsent(label, _ -> new CountDownLatch(1));
    }

    @Override
    public void close() {
        released.values().forEach(CountDownLatch::countDown);
        try {
            if (forwardProxy != null) {
                forwardProxy.close();
            }
            plain.close();
            tomcat.stop();
            tomcat.destroy();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (LifecycleException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private final class Echo extends HttpServlet {
        private static final long serialVersionUID = 1L;

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response)
                throws IOException {
            var name = named(request.getLocalAddr(), request.getLocalPort());
            var label = request.getHeader(LABEL);
            if (label != null) {
                reached.computeIfAbsent(label, _ -> Collections.synchronizedList(new ArrayList<>()))
                        .add(name);
            }
            var attempt = attempt(request);
            if (String.valueOf(attempt).equals(request.getHeader("x-hold"))) {
                hold(String.valueOf(label));
            }
            response.setHeader("x-from", name);
            response.setHeader("x-powered-by", "test");
            if (String.valueOf(request.getContentType()).startsWith("application/grpc")) {
                grpc(request, response, name, attempt);
                return;
            }
            if (request.getRequestURI().equals(KEYS)) {
                response.getOutputStream().write(Tokens.jwks().getBytes(StandardCharsets.US_ASCII));
                return;
            }
            response.setStatus(answer(request.getHeader("x-answer"), name, attempt, 200));
            response.setContentType("text/plain");
            response.getOutputStream().write(seen(request).getBytes(StandardCharsets.UTF_8));
        }
    }

    /// @param address null at a socket file
    private String named(@Nullable String address, int port) {
        var local = names.get(address + ":" + port);
        return local != null
                ? local
                : address == null ? APPLICATION : names.getOrDefault(address, APPLICATION);
    }

    private void hold(String label) {
        holding.incrementAndGet();
        try {
            if (!latch(label).await(10, TimeUnit.SECONDS)) {
                throw new IllegalStateException("nobody released a held request");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } finally {
            holding.decrementAndGet();
        }
    }

    private static int attempt(HttpServletRequest request) {
        var attempt = request.getHeader("x-envoy-attempt-count");
        return attempt == null ? 1 : Integer.parseInt(attempt);
    }

    private static int answer(@Nullable String told, String name, int attempt, int other) {
        if (told == null) {
            return other;
        }
        var equals = told.indexOf('=');
        if (equals >= 0 && !told.substring(0, equals).equals(name)) {
            return other;
        }
        var statuses = told.substring(equals + 1).split(",");
        return Integer.parseInt(statuses[Math.min(attempt, statuses.length) - 1]);
    }

    private static String seen(HttpServletRequest request) {
        var path =
                request.getRequestURI()
                        + (request.getQueryString() == null ? "" : "?" + request.getQueryString());
        var text = new StringBuilder();
        text.append(request.getMethod()).append(' ').append(path).append(' ');
        text.append(request.getProtocol()).append('\n');
        if (request.getHeader("host") == null) {
            text.append("host: ").append(request.getServerName());
            text.append(request.getServerPort() == 80 ? "" : ":" + request.getServerPort());
            text.append('\n');
        }
        for (var header : Collections.list(request.getHeaderNames())) {
            text.append(header).append(": ");
            text.append(String.join(",", Collections.list(request.getHeaders(header))));
            text.append('\n');
        }
        return text.toString();
    }

    private static void grpc(
            HttpServletRequest request, HttpServletResponse response, String name, int attempt)
            throws IOException {
        request.getInputStream().readAllBytes();
        var status = answer(request.getHeader("x-grpc-answer"), name, attempt, 0);
        response.setContentType("application/grpc");
        if (status != 0) {
            response.setHeader("grpc-status", String.valueOf(status));
            return;
        }
        var seen = seen(request).getBytes(StandardCharsets.UTF_8);
        response.setTrailerFields(() -> Map.of("grpc-status", "0"));
        var out = response.getOutputStream();
        out.write(0);
        out.write(java.nio.ByteBuffer.allocate(4).putInt(seen.length).array());
        out.write(seen);
    }

    /// Says which version of the PROXY protocol a connection began with (haproxy's `proxy-protocol.txt`, section 2), or, asked
    /// for a WebSocket, sends back what comes (RFC 6455).
    private void acceptPlain() {
        while (!plain.isClosed()) {
            try (var socket = plain.accept()) {
                var in = socket.getInputStream();
                var said = proxyHeader(in);
                var key = "";
                for (var line = line(in); !line.isEmpty(); line = line(in)) {
                    if (line.toLowerCase(Locale.ROOT).startsWith("sec-websocket-key: ")) {
                        key = line.substring("sec-websocket-key: ".length());
                    }
                }
                if (key.isEmpty()) {
                    var answer =
                            "HTTP/1.1 200 OK\r\nx-from: plain\r\nx-proxy-protocol: %s\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
                                    .formatted(said);
                    socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                } else {
                    sendBack(socket, key);
                }
            } catch (IOException _) {
                // the connection is gone; the next one
            }
        }
    }

    /// One short text frame (section 5.2).
    private static void sendBack(Socket socket, String key) throws IOException {
        var in = socket.getInputStream();
        var out = socket.getOutputStream();
        var answer =
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: %s\r\n\r\n"
                        .formatted(accepted(key));
        out.write(answer.getBytes(StandardCharsets.US_ASCII));
        var head = in.readNBytes(2);
        var mask = in.readNBytes(4);
        var text = in.readNBytes(head[1] & 0x7f);
        for (var i = 0; i < text.length; i++) {
            text[i] ^= mask[i % 4];
        }
        out.write(new byte[] {(byte) 0x81, (byte) text.length});
        out.write(text);
    }

    private static String accepted(String key) {
        try {
            var digest = MessageDigest.getInstance("SHA-1");
            return Base64.getEncoder()
                    .encodeToString(
                            digest.digest((key + WEBSOCKET).getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static String proxyHeader(InputStream in) throws IOException {
        var first = line(in);
        if (first.startsWith("PROXY ")) {
            return "V1";
        }
        if (!first.isEmpty()) {
            return "none";
        }
        in.readNBytes(12 - 2); // the rest of the signature
        in.readNBytes(2);
        var length = in.readNBytes(2);
        in.readNBytes((length[0] & 0xff) << 8 | length[1] & 0xff);
        return "V2";
    }

    private static String line(InputStream in) throws IOException {
        var text = new StringBuilder();
        for (var next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new IOException("the connection was closed");
            }
            if (next != '\r') {
                text.append((char) next);
            }
        }
        return text.toString();
    }

    /// What a server says it saw, as [#seen] writes it: method, path, protocol, and headers by name.
    static Map<String, String> parse(String body) {
        var seen = new LinkedHashMap<String, String>();
        var lines = body.lines().toList();
        var words = lines.isEmpty() ? new String[0] : lines.getFirst().split(" ", 3);
        if (words.length == 3) {
            seen.put(":method", words[0]);
            seen.put(":path", words[1]);
            seen.put(":protocol", words[2]);
            for (var line : lines.subList(1, lines.size())) {
                var colon = line.indexOf(": ");
                if (colon > 0) {
                    seen.put(line.substring(0, colon), line.substring(colon + 2));
                }
            }
        }
        return seen;
    }

    /// Shown to whoever asks, also where the server names other CAs: it is the server that has to refuse.
    private static final class Shown extends X509ExtendedKeyManager {
        private final X509ExtendedKeyManager keys;
        private final String name;

        Shown(X509ExtendedKeyManager keys, String name) {
            this.keys = keys;
            this.name = name;
        }

        @Override
        public String chooseClientAlias(
                String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return name;
        }

        @Override
        public String[] getClientAliases(String type, Principal @Nullable [] issuers) {
            return new String[] {name};
        }

        @Override
        public String chooseServerAlias(
                String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return name;
        }

        @Override
        public String[] getServerAliases(String type, Principal @Nullable [] issuers) {
            return new String[] {name};
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return keys.getCertificateChain(alias);
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return keys.getPrivateKey(alias);
        }
    }
}
