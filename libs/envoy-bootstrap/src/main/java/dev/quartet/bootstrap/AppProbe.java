package dev.quartet.bootstrap;

import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A check of the application's health that the status port answers, for who cannot speak mTLS: the kubelet. The
/// application is asked on 127.0.0.1, where its requests come from too. Immutable; refuses at construction what Envoy
/// would refuse.
///
/// @param path on the status port: `/app-health/<container>/readyz`
/// @param port of the application
/// @param period how often it is asked; for TCP and gRPC, which the proxy asks by itself
/// @param timeout for one answer
public record AppProbe(String path, int port, Duration period, Duration timeout, Check check) {
    private static final Pattern PRINTABLE = Pattern.compile("[\\x20-\\x7e]*");
    private static final Pattern PATH = Pattern.compile("/[\\x21-\\x7e]*");
    private static final Pattern HEADER_NAME = Pattern.compile("[A-Za-z0-9-]+");

    public sealed interface Check {
        /// Healthy: an answer of 200 to 399.
        ///
        /// @param tls whatever certificate the application shows
        /// @param path with the query, if any
        /// @param host the `Host` to ask with; null: the prober's own
        /// @param headers sent beside the prober's own, or instead of one with the same name
        record Http(boolean tls, String path, @Nullable String host, List<Header> headers)
                implements Check {
            public Http {
                require("path", path, PATH);
                require("host", host == null ? "" : host, PRINTABLE);
                headers = List.copyOf(headers);
            }
        }

        /// Healthy: the port takes a connection.
        record Tcp() implements Check {}

        /// Healthy: `grpc.health.v1.Health/Check` says SERVING, without TLS.
        ///
        /// @param service empty: the server as a whole
        record Grpc(String service) implements Check {
            public Grpc {
                require("service", service, PRINTABLE);
            }
        }
    }

    public record Header(String name, String value) {
        public Header {
            require("header name", name, HEADER_NAME);
            require("header value", value, PRINTABLE);
        }
    }

    public AppProbe {
        require("probe path", path, PATH);
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("%d is not a port".formatted(port));
        }
        if (period.toSeconds() < 1 || timeout.toSeconds() < 1) {
            throw new IllegalArgumentException(
                    "period and timeout of a probe are at least one second");
        }
    }

    private static void require(String what, String value, Pattern pattern) {
        if (!pattern.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    "%s \"%s\" holds signs that it may not hold"
                            .formatted(what, value.replaceAll("\\p{Cntrl}", "?")));
        }
    }
}
