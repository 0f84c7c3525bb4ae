package dev.quartet.config.networking;

import java.util.Optional;

/// What is spoken on a port. Istio reads the name in any case.
public enum Protocol {
    HTTP("HTTP", true),
    HTTP2("HTTP2", true),
    GRPC("GRPC", true),
    GRPC_WEB("GRPC-Web", true),
    HTTPS("HTTPS", false),
    TLS("TLS", false),
    TCP("TCP", false),
    UDP("UDP", false),
    MONGO("Mongo", false),
    REDIS("Redis", false),
    MYSQL("MySQL", false);

    private final String label;
    private final boolean http;

    Protocol(String label, boolean http) {
        this.label = label;
        this.http = http;
    }

    /// The name as users write it.
    public String label() {
        return label;
    }

    /// Whether requests can be read without ending TLS first.
    public boolean isHttp() {
        return http;
    }

    public static Optional<Protocol> parse(String text) {
        for (var protocol : values()) {
            if (protocol.label.equalsIgnoreCase(text)) {
                return Optional.of(protocol);
            }
        }
        return Optional.empty();
    }
}
