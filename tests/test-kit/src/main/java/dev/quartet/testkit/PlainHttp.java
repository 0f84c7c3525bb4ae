package dev.quartet.testkit;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/// HTTP/1.1 over a plain socket. It never retries and never follows, as the JDK's client does, so a test counts what really
/// happened on the wire; and it is cheap, so that the load is the mesh's.
public final class PlainHttp {
    private static final int TIMEOUT_MILLIS = 15_000;
    private static final int MAX_LINE = 64 * 1024;

    private PlainHttp() {}

    /// @param headers by lower-case name; of one that came twice the last
    public record Answer(int status, Map<String, String> headers, String body) {}

    /// A request on a connection of its own.
    ///
    /// @throws UncheckedIOException when there is no whole answer
    public static Answer get(InetSocketAddress server, String path, Map<String, String> headers) {
        return request("GET", server, path, headers, null);
    }

    /// @param headers `Host` among them replaces the server's address
    /// @param body null for none
    public static Answer request(
            String method,
            InetSocketAddress server,
            String path,
            Map<String, String> headers,
            @Nullable String body) {
        return request(method, server, path, headers, body, SocketFactory.getDefault());
    }

    /// @param sockets makes the connection's socket, TLS for one
    public static Answer request(
            String method,
            InetSocketAddress server,
            String path,
            Map<String, String> headers,
            @Nullable String body,
            SocketFactory sockets) {
        try (var connection = new Connection(server, sockets)) {
            return connection.request(method, path, headers, body);
        } catch (IOException failure) {
            throw new UncheckedIOException(
                    method + " " + server + path + ": " + failure.getMessage(), failure);
        }
    }

    /// A kept connection; opened at the first request, and anew after one that the server closed.
    public static final class Connection implements AutoCloseable {
        private final InetSocketAddress server;
        private final SocketFactory sockets;
        private @Nullable Socket socket;
        private @Nullable InputStream in;

        public Connection(InetSocketAddress server) {
            this(server, SocketFactory.getDefault());
        }

        Connection(InetSocketAddress server, SocketFactory sockets) {
            this.server = server;
            this.sockets = sockets;
        }

        /// @throws IOException when the connection fails; the next request opens another
        public Answer request(
                String method, String path, Map<String, String> headers, @Nullable String body)
                throws IOException {
            try {
                var open = socket;
                var input = in;
                if (open == null || input == null) {
                    open = sockets.createSocket();
                    open.setTcpNoDelay(true);
                    open.setSoTimeout(TIMEOUT_MILLIS);
                    open.connect(server, TIMEOUT_MILLIS);
                    input = new BufferedInputStream(open.getInputStream());
                    socket = open;
                    in = input;
                }
                open.getOutputStream().write(head(method, path, headers, body));
                var answer = read(input, method);
                if (answer.headers().getOrDefault("connection", "").equalsIgnoreCase("close")) {
                    close();
                }
                return answer;
            } catch (IOException failure) {
                close();
                throw failure;
            }
        }

        private byte[] head(
                String method, String path, Map<String, String> headers, @Nullable String body) {
            var text = new StringBuilder(method).append(' ').append(path).append(" HTTP/1.1\r\n");
            if (headers.keySet().stream().noneMatch("host"::equalsIgnoreCase)) {
                text.append("Host: ")
                        .append(server.getAddress().getHostAddress())
                        .append(':')
                        .append(server.getPort())
                        .append("\r\n");
            }
            headers.forEach(
                    (name, value) -> text.append(name).append(": ").append(value).append("\r\n"));
            var bytes = body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
            if (body != null) {
                text.append("Content-Length: ").append(bytes.length).append("\r\n");
            }
            var start = text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
            var all = new byte[start.length + bytes.length];
            System.arraycopy(start, 0, all, 0, start.length);
            System.arraycopy(bytes, 0, all, start.length, bytes.length);
            return all;
        }

        @Override
        public void close() throws IOException {
            var open = socket;
            socket = null;
            in = null;
            if (open != null) {
                open.close();
            }
        }
    }

    private static Answer read(InputStream in, String method) throws IOException {
        while (true) {
            var first = line(in);
            var words = first.split(" ", 3);
            if (words.length < 2 || !words[0].startsWith("HTTP/1.")) {
                throw new IOException("this is no HTTP answer: " + first);
            }
            var status = Integer.parseInt(words[1]);
            var headers = new TreeMap<String, String>();
            for (var line = line(in); !line.isEmpty(); line = line(in)) {
                var colon = line.indexOf(':');
                if (colon > 0) {
                    headers.put(
                            line.substring(0, colon).strip().toLowerCase(Locale.ROOT),
                            line.substring(colon + 1).strip());
                }
            }
            if (status >= 200) {
                return new Answer(
                        status,
                        headers,
                        new String(body(in, method, status, headers), StandardCharsets.UTF_8));
            }
        }
    }

    private static byte[] body(
            InputStream in, String method, int status, Map<String, String> headers)
            throws IOException {
        if (method.equals("HEAD") || status == 204 || status == 304) {
            return new byte[0];
        }
        if (headers.getOrDefault("transfer-encoding", "").equalsIgnoreCase("chunked")) {
            var all = new ByteArrayOutputStream();
            for (var size = chunkSize(in); size > 0; size = chunkSize(in)) {
                all.write(exactly(in, size));
                line(in);
            }
            while (!line(in).isEmpty()) {
                // a trailer: not used
            }
            return all.toByteArray();
        }
        var length = headers.get("content-length");
        if (length != null) {
            return exactly(in, Integer.parseInt(length));
        }
        headers.put("connection", "close");
        return in.readAllBytes();
    }

    private static int chunkSize(InputStream in) throws IOException {
        var line = line(in);
        var semicolon = line.indexOf(';');
        return Integer.parseInt((semicolon < 0 ? line : line.substring(0, semicolon)).strip(), 16);
    }

    private static byte[] exactly(InputStream in, int count) throws IOException {
        var bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException("the connection was closed in the middle of an answer");
        }
        return bytes;
    }

    private static String line(InputStream in) throws IOException {
        var bytes = new ByteArrayOutputStream();
        for (var next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException(
                        bytes.size() == 0
                                ? "the connection was closed without an answer"
                                : "the connection was closed in the middle of a line");
            }
            if (bytes.size() > MAX_LINE) {
                throw new IOException("a line of the answer is too long");
            }
            bytes.write(next);
        }
        var text = bytes.toString(StandardCharsets.ISO_8859_1);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }
}
