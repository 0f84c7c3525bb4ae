package dev.quartet.pilot.traffic;

import static org.awaitility.Awaitility.await;

import dev.quartet.testkit.PlainHttp;
import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.SocketFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// Sends a case's requests to the proxy, each on a connection of its own.
final class TrafficClient {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final MethodDescriptor.Marshaller<byte[]> BYTES =
            new MethodDescriptor.Marshaller<>() {
                @Override
                public InputStream stream(byte[] value) {
                    return new ByteArrayInputStream(value);
                }

                @Override
                public byte[] parse(InputStream stream) {
                    try {
                        return stream.readAllBytes();
                    } catch (IOException failure) {
                        throw new UncheckedIOException(failure);
                    }
                }
            };

    private static final String HELD = "held-";

    /// In the place of a status.
    private static final int CLOSED = 0;

    private final TrafficProxy proxy;
    private final Upstreams upstreams;

    TrafficClient(TrafficProxy proxy, Upstreams upstreams) {
        this.proxy = proxy;
        this.upstreams = upstreams;
    }

    /// @param status of HTTP, or of gRPC
    record Answer(int status, Map<String, String> headers, String body) {
        String from() {
            return headers.getOrDefault("x-from", "nobody");
        }
    }

    /// What has come of a request, and may still change: copies and counters come later than the answer.
    final class Attempt implements AutoCloseable {
        private final String label;
        private final List<Answer> answers;
        private final Map<String, Long> before;
        private final ExecutorService others;

        private Attempt(
                String label,
                List<Answer> answers,
                Map<String, Long> before,
                ExecutorService others) {
            this.label = label;
            this.answers = answers;
            this.before = before;
            this.others = others;
        }

        Map<String, @Nullable Object> actual(Map<String, @Nullable Object> expected) {
            return Expectation.actual(expected, answers, upstreams.reached(label), this);
        }

        long rise(String name) {
            return counter(name) - before.getOrDefault(name, 0L);
        }

        /// What Envoy has in force.
        String config() {
            return proxy.envoy().configDump().replaceAll("\\s+", " ");
        }

        List<Answer> answers() {
            return answers;
        }

        /// The proxy's access log, where the case has it.
        String logged() {
            return upstreams.accessLog();
        }

        String summary() {
            return answers.subList(0, Math.min(3, answers.size())).toString();
        }

        @Override
        public void close() {
            upstreams.release(label);
            upstreams.release(HELD + label);
            others.close();
        }
    }

    Attempt send(TrafficCase.Request request) {
        var label = UUID.randomUUID().toString();
        var before = counters(request);
        var others = Executors.newVirtualThreadPerTaskExecutor();
        if (request.held() > 0) {
            var active = activeRequests();
            for (var i = 1; i <= request.held(); i++) {
                var present = i;
                others.execute(() ->
                        answer(
                                request,
                                HELD + label,
                                Map.of("x-hold", request.headers().getOrDefault("x-hold", "1"))));
                // one after the other: the first has its connection before the next asks for one
                await().atMost(LIMIT)
                        .until(() ->
                                upstreams.holding() > 0 && activeRequests() - active >= present);
            }
        }
        var answers = new ArrayList<Answer>();
        for (var i = 0; i < request.times(); i++) {
            answers.add(
                    answer(
                            request,
                            label,
                            request.held() > 0 ? Map.of("x-hold", "never") : Map.of()));
        }
        return new Attempt(label, answers, before, others);
    }

    private Map<String, Long> counters(TrafficCase.Request request) {
        var before = new LinkedHashMap<String, Long>();
        TrafficCase.map(request.expect().get("stats"))
                .keySet()
                .forEach(name -> before.put(name, counter(name)));
        return before;
    }

    /// `*` at the beginning of a name stands for anything.
    private long counter(String name) {
        return name.startsWith("*")
                ? proxy.envoy().stats(name.substring(1)).entrySet().stream()
                        .filter(stat -> stat.getKey().endsWith(name.substring(1)))
                        .mapToLong(Map.Entry::getValue)
                        .sum()
                : proxy.envoy().stat(name);
    }

    private long activeRequests() {
        return proxy.envoy().stats("downstream_rq_active").entrySet().stream()
                .filter(stat ->
                        stat.getKey().startsWith("http.") && !stat.getKey().contains("admin"))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    private Answer answer(TrafficCase.Request request, String label, Map<String, String> more) {
        var url = URI.create(request.url());
        var headers = new LinkedHashMap<String, String>();
        headers.put("Host", url.getAuthority());
        headers.putAll(request.headers());
        headers.put(Upstreams.LABEL, label);
        headers.putAll(more);
        var path =
                request.url()
                        .substring(
                                request.url().indexOf(url.getAuthority())
                                        + url.getAuthority().length());
        return switch (request.method()) {
            case "GRPC" -> grpc(url, headers);
            case "WEBSOCKET" -> websocket(path, headers);
            default -> {
                try {
                    var answer =
                            PlainHttp.request(
                                    request.method(),
                                    listener(request),
                                    path,
                                    headers,
                                    null,
                                    sockets(request));
                    yield new Answer(answer.status(), answer.headers(), answer.body());
                } catch (UncheckedIOException closed) {
                    yield new Answer(CLOSED, Map.of(), String.valueOf(closed.getMessage()));
                }
            }
        };
    }

    private InetSocketAddress listener(TrafficCase.Request request) {
        if (request.through().isEmpty()) {
            return proxy.address();
        }
        var parts = upstreams.placed(request.through()).split(":");
        return new InetSocketAddress(parts[0], Integer.parseInt(parts[1]));
    }

    private SocketFactory sockets(TrafficCase.Request request) {
        if (request.sni().isEmpty()) {
            return SocketFactory.getDefault();
        }
        try {
            var context = SSLContext.getInstance("TLS");
            context.init(
                    request.certificate().isEmpty()
                            ? null
                            : upstreams.certificate(request.certificate()),
                    request.trusts().isEmpty()
                            ? new TrustManager[] {new BelievesAll()}
                            : upstreams.trusting(request.trusts()),
                    null);
            return new Named(context.getSocketFactory(), request.sni());
        } catch (GeneralSecurityException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /// TLS with a server name of the test's choosing.
    private static final class Named extends SocketFactory {
        private final SocketFactory sockets;
        private final String name;

        Named(SocketFactory sockets, String name) {
            this.sockets = sockets;
            this.name = name;
        }

        @Override
        public Socket createSocket() throws IOException {
            var socket = (SSLSocket) sockets.createSocket();
            var parameters = socket.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(name)));
            socket.setSSLParameters(parameters);
            return socket;
        }

        @Override
        public Socket createSocket(String host, int port) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress local, int localPort) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Socket createSocket(InetAddress host, int port) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
            throw new UnsupportedOperationException();
        }
    }

    /// The case is about the way to the server, not about who it is.
    private static final class BelievesAll extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    private Answer grpc(URI url, Map<String, String> headers) {
        var method =
                MethodDescriptor.<byte[], byte[]>newBuilder(BYTES, BYTES)
                        .setType(MethodDescriptor.MethodType.UNARY)
                        .setFullMethodName(url.getPath().substring(1))
                        .build();
        var channel =
                NettyChannelBuilder.forAddress(proxy.address())
                        .usePlaintext()
                        .overrideAuthority(url.getAuthority())
                        .disableRetry()
                        .build();
        var sent = new Metadata();
        headers.forEach((name, value) -> {
            if (!name.equals("Host")) {
                sent.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
            }
        });
        var received = new java.util.concurrent.atomic.AtomicReference<Metadata>();
        var trailers = new java.util.concurrent.atomic.AtomicReference<Metadata>();
        try {
            var body =
                    ClientCalls.blockingUnaryCall(
                            ClientInterceptors.intercept(
                                    channel,
                                    MetadataUtils.newAttachHeadersInterceptor(sent),
                                    MetadataUtils.newCaptureMetadataInterceptor(
                                            received, trailers)),
                            method,
                            CallOptions.DEFAULT.withDeadlineAfter(
                                    10, java.util.concurrent.TimeUnit.SECONDS),
                            new byte[0]);
            return new Answer(0, texts(received.get()), new String(body, StandardCharsets.UTF_8));
        } catch (StatusRuntimeException status) {
            return new Answer(
                    status.getStatus().getCode().value(),
                    texts(status.getTrailers()),
                    String.valueOf(status.getStatus().getDescription()));
        } finally {
            channel.shutdownNow();
        }
    }

    private static Map<String, String> texts(@Nullable Metadata metadata) {
        var texts = new LinkedHashMap<String, String>();
        if (metadata != null) {
            metadata.keys().stream()
                    .filter(name -> !name.endsWith("-bin"))
                    .forEach(name ->
                            texts.put(
                                    name,
                                    String.valueOf(
                                            metadata.get(
                                                    Metadata.Key.of(
                                                            name,
                                                            Metadata.ASCII_STRING_MARSHALLER)))));
        }
        return texts;
    }

    /// Opens a WebSocket, sends one text frame, and takes what comes back as the body (RFC 6455).
    private Answer websocket(String path, Map<String, String> headers) {
        try (var socket = new Socket(proxy.address().getAddress(), proxy.address().getPort())) {
            socket.setSoTimeout((int) LIMIT.toMillis());
            var request = new StringBuilder("GET " + path + " HTTP/1.1\r\n");
            headers.forEach((name, value) ->
                    request.append(name).append(": ").append(value).append("\r\n"));
            request.append(
                    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
            request.append("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
            socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.US_ASCII));
            var in = socket.getInputStream();
            var received = new LinkedHashMap<String, String>();
            var status = Integer.parseInt(line(in).split(" ")[1]);
            for (var line = line(in); !line.isEmpty(); line = line(in)) {
                var colon = line.indexOf(": ");
                received.put(
                        line.substring(0, colon).toLowerCase(java.util.Locale.ROOT),
                        line.substring(colon + 2));
            }
            var body = "";
            if (status == 101) {
                socket.getOutputStream()
                        .write(
                                new byte[] {
                                    (byte) 0x81, (byte) 0x85, 0, 0, 0, 0, 'h', 'e', 'l', 'l', 'o'
                                });
                body = new String(in.readNBytes(in.readNBytes(2)[1]), StandardCharsets.UTF_8);
            }
            return new Answer(status, received, body);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static String line(InputStream in) throws IOException {
        var text = new StringBuilder();
        for (var next = in.read(); next != '\n' && next >= 0; next = in.read()) {
            if (next != '\r') {
                text.append((char) next);
            }
        }
        return text.toString();
    }
}
