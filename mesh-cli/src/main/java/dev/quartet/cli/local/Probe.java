package dev.quartet.cli.local;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/// One GET of an address of this machine, which may have nobody behind it. The JDK's small client: it costs a start of `mesh` least.
///
/// @param status 0 when nobody answers
record Probe(int status, String body) {
    private static final int TIMEOUT_MILLIS = 1500;

    static Probe get(String url) {
        try {
            var connection =
                    (HttpURLConnection) URI.create(url).toURL().openConnection(Proxy.NO_PROXY);
            connection.setConnectTimeout(TIMEOUT_MILLIS);
            connection.setReadTimeout(TIMEOUT_MILLIS);
            connection.setInstanceFollowRedirects(false);
            var status = connection.getResponseCode();
            try (var in =
                    status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
                return new Probe(status, in == null ? "" : text(in));
            } finally {
                connection.disconnect();
            }
        } catch (IOException _) {
            return new Probe(0, "");
        }
    }

    boolean ok() {
        return status == 200;
    }

    private static String text(InputStream in) throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
}
